// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package neighbours_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// dearPatterns are patterns that cost a matcher that tries one way after the other much time on long keys.
var dearPatterns = []string{
	"*" + strings.Repeat("[^b-c]", 42),
	strings.Repeat("*a", 127) + "*b",
	"*" + strings.Repeat("?", 250) + "b",
	"a*" + strings.Repeat("[a-z]", 50) + "[^a]",
}

// TestDearPatterns has four callers of one project scan long keys for patterns that are dear to match, all the time.
func TestDearPatterns(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir())
		s.Enable(settings)
		_, hostile := s.CreateProject("hostile")
		_, other := s.CreateProject("neighbour")
		const keys, keySize = 1000, 32 << 10
		for first := 0; first < keys; first += 100 {
			entries := make([]e2e.Object, 100)
			for i := range entries {
				entries[i] = e2e.Object{"key": fmt.Sprintf("%s%04d", strings.Repeat("a", keySize-4), first+i), "value": 1}
			}
			s.As(hostile).Expect(t, "mset", e2e.Object{"entries": entries}, `{"result":"OK"}`)
		}
		endures(t, s.As(other), func(stop <-chan struct{}) {
			var all sync.WaitGroup
			for i, pattern := range dearPatterns {
				all.Go(func() {
					pages := 0
					defer func() { t.Logf("%.20s: %d pages", pattern, pages) }()
					for cursor := any(""); ; pages++ {
						select {
						case <-stop:
							return
						default:
						}
						body := e2e.Object{"pattern": pattern, "limit": 1000}
						if cursor != nil && cursor != "" {
							body["cursor"] = cursor
						}
						if i == 3 { // and one asks for all of them
							_ = s.As(hostile).KV(t, "keys", e2e.Object{"pattern": pattern})
							continue
						}
						r := s.As(hostile).KV(t, "scan", body)
						if r.Status != http.StatusOK {
							t.Error("a scan: ", r)
							return
						}
						var page struct{ Cursor any }
						r.Decode(t, &page)
						cursor = page.Cursor
					}
				})
			}
			all.Wait()
		})
		if r := s.Admin().Do(t, http.MethodGet, "/readyz", nil); r.Status != http.StatusOK {
			t.Errorf("/readyz: %s", r)
		}
	})
}
