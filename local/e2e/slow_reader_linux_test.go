// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowReaderHoldsNobodyUp begins an export that is not read on, and turns the service off and on.
func TestSlowReaderHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, settings object) {
		s := serve(t, t.TempDir())
		s.enable(settings)
		_, token := s.project("p")
		for n := range 5 {
			s.as(token).wants(t, "set", fmt.Sprintf(`{"key":"large%d","value":%s}`, n, largeValue(n, largest)), `{"result":"OK"}`)
		}
		w := s.wild(t)
		fmt.Fprintf(w, "%sContent-Length: 2\r\n\r\n{}", strings.Replace(head(token), "/set", "/export", 1))
		if first, err := bufio.NewReader(w).ReadString('\n'); err != nil || !strings.Contains(first, "200") {
			t.Fatalf("the export: %q, %v", first, err)
		}
		begun := time.Now()
		s.admin().must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
		if took := time.Since(begun); took > 25*time.Second { // less than the 30 s that a write to a slow reader may take
			t.Errorf("the service was off after %v", took)
		}
		s.enable(object{})
		s.as(token).wants(t, "exists", object{"keys": []string{"large0"}}, `{"exists":1}`)
	})
}
