// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package neighbours_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestAnswersFillNothing has a project send requests with new Idempotency-Keys until it is refused: it has filled its own
// room, and another goes on.
func TestAnswersFillNothing(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir(), "--max-bytes", "256kb")
		s.Enable(settings)
		_, hostile := s.CreateProject("hostile")
		_, other := s.CreateProject("neighbour")
		s.As(other).Expect(t, "set", e2e.Object{"key": "k0", "value": 1}, `{"result":"OK"}`) // has it counted
		endures(t, s.As(other), func(<-chan struct{}) {
			var all sync.WaitGroup
			var sent atomic.Int64
			for c := range 4 {
				all.Go(func() {
					e2e.Eventually(t, "a request to be refused", func() string {
						for range 100 {
							key := fmt.Sprint(strings.Repeat("k", 200), sent.Add(1))
							r := s.As(hostile).Keyed(t, key, "incr", e2e.Object{"key": fmt.Sprint("n", c)})
							switch {
							case r.Status == http.StatusInsufficientStorage && strings.Contains(r.Problem().Detail, "Idempotency-Key"):
								return ""
							case r.Status != http.StatusOK:
								t.Errorf("%s: %s", key, r)
								return ""
							}
						}
						return "all are taken"
					})
				})
			}
			all.Wait()
		})
		s.As(hostile).Expect(t, "exists", e2e.Object{"keys": []string{"n0"}}, `{"exists":1}`)
	})
}
