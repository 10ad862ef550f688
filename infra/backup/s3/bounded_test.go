// SPDX-License-Identifier: Apache-2.0

package s3_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestEndlessAnswers calls a server whose answers do not end, but for what closes the connection.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	part := `<Contents><Key>` + strings.Repeat("x", 64<<10) + `</Key></Contents>`
	for _, status := range []int{http.StatusOK, http.StatusForbidden} {
		var most atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			sent, _ := io.WriteString(w, `<?xml version="1.0"?><ListBucketResult>`)
			for {
				n, err := io.WriteString(w, part)
				if sent += n; err != nil {
					break
				}
			}
			most.Store(max(most.Load(), int64(sent)))
		}))
		files := open(t, "s3://backups?region=r&endpoint="+server.URL)
		_, list := files.List(t.Context())
		_, create := files.Create(t.Context(), "a")
		remove := files.Remove(t.Context(), "a")
		server.Close() // waits for what is being sent
		if list == nil || create == nil || remove == nil && status != http.StatusOK {
			t.Errorf("%d: list %v, create %v, remove %v", status, list, create, remove)
		}
		if most.Load() > 40<<20 {
			t.Errorf("%d: %d MiB of an answer were read", status, most.Load()>>20)
		}
	}
}
