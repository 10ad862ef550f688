// SPDX-License-Identifier: Apache-2.0

package documents_test

import (
	"context"
	"net/http"
	"path"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/documents"
)

// problems are the pages about codes whose problem TestShells cannot cause, each with what causes it at a server that stores its
// keys in a Redis.
var problems = map[string]struct {
	args  []string // of the server
	cause func(t *testing.T, s *e2e.Server, r *redistest.Server)
}{
	"wrong_type": {cause: func(t *testing.T, _ *e2e.Server, r *redistest.Server) {
		c := r.Client()
		defer c.Close()
		if err := c.LPush(t.Context(), "kv:p1:queue", "job").Err(); err != nil {
			t.Fatal(err)
		}
	}},
	"kv_unavailable": {cause: func(_ *testing.T, _ *e2e.Server, r *redistest.Server) { r.Kill() }},
	"timeout":        {args: []string{"--request-timeout", "1s"}, cause: func(_ *testing.T, _ *e2e.Server, r *redistest.Server) { r.Stop() }},
	"rate_limited": {cause: func(t *testing.T, s *e2e.Server, _ *redistest.Server) {
		s.Admin().Must(t, http.MethodPatch, "/api/projects/1", e2e.Object{"limits": e2e.Object{"requests_per_second": 1}}, nil)
	}},
	"busy": {cause: func(t *testing.T, s *e2e.Server, _ *redistest.Server) {
		silent := redistest.Listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		t.Cleanup(func() { cancel(); <-ended })
		go func() {
			defer close(ended)
			for ctx.Err() == nil { // until the page has its answer: each update ends when the Redis has not answered in time
				_, _ = s.Admin().Send(ctx, http.MethodPatch, "/api/kv/update", e2e.Object{"redis_url": "redis://" + silent.Addr().String()})
			}
		}()
	}},
}

// TestProblemsOfARedis causes the problems that need another server than make run starts, and compares their pages.
func TestProblemsOfARedis(t *testing.T) {
	t.Parallel()
	redistest.Require(t)
	all := pages(t)
	for code, p := range problems {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := redistest.Start(t)
			s, token := e2e.ServeRedis(t, r.URL, p.args...)
			desk := documents.DeskAt(t, t.TempDir(), s, token, e2e.AdminKey)
			p.cause(t, s, r)
			expectProblem(t, desk, all[path.Join("local/docs/errors", code+".md")])
		})
	}
}

// expectProblem follows the last block of a page until it gets the answer that the page shows.
func expectProblem(t *testing.T, desk *documents.Desk, blocks []documents.Block) {
	t.Helper()
	if len(blocks) == 0 || !blocks[len(blocks)-1].WantJSON {
		t.Fatalf("the page has the blocks %+v, want a request and its answer", blocks)
	}
	last := len(blocks) - 1
	for _, setup := range blocks[:last] {
		if err := desk.Follow(setup); err != nil {
			t.Fatal(err)
		}
	}
	e2e.Eventually(t, "the answer of the page", func() string {
		if err := desk.Follow(blocks[last]); err != nil {
			return err.Error()
		}
		return ""
	})
}
