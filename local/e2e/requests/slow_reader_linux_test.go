// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package requests_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestSlowReaderHoldsNobodyUp begins an export that is not read on, and turns the service off and on.
func TestSlowReaderHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir())
		s.Enable(settings)
		_, token := s.CreateProject("p")
		for n := range 5 {
			s.As(token).Expect(t, "set", fmt.Sprintf(`{"key":"large%d","value":%s}`, n, largeValue(n, largest)), `{"result":"OK"}`)
		}
		w := connect(s, t)
		fmt.Fprintf(w, "%sContent-Length: 2\r\n\r\n{}", strings.Replace(head(token), "/set", "/export", 1))
		if first, err := bufio.NewReader(w).ReadString('\n'); err != nil || !strings.Contains(first, "200") {
			t.Fatalf("the export: %q, %v", first, err)
		}
		begun := time.Now()
		s.Admin().Must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
		if took := time.Since(begun); took > 25*time.Second { // however slow the reader is
			t.Errorf("the service was off after %v", took)
		}
		s.Enable(e2e.Object{})
		s.As(token).Expect(t, "exists", e2e.Object{"keys": []string{"large0"}}, `{"exists":1}`)
	})
}
