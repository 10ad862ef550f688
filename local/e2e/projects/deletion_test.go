// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package projects_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// TestDeletedProjectGoesAcrossACrash kills the server after it has said that a project is deleted, and before the keys
// can be.
func TestDeletedProjectGoesAcrossACrash(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	id, token := s.CreateProject("doomed")
	_, other := s.CreateProject("other")
	fill(t, s.As(token), "doomed")
	fill(t, s.As(other), "kept")

	redis.Stop() // nothing can be deleted now
	s.Admin().Must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	s.As(token).ExpectProblem(t, "get", e2e.Object{"key": "doomed:1"}, http.StatusUnauthorized, "unauthorized")
	s.Kill()
	redis.Cont()
	keys := func() int64 { return redis.Client().DBSize(t.Context()).Val() - 1 } // without the mark of its owner
	if n := keys(); n != 2*ownKeys {
		t.Fatalf("%d keys existed when the server was killed, want all %d", n, 2*ownKeys)
	}

	s = s.Restart()
	e2e.Eventually(t, "the keys of the deleted project to go", func() string {
		if n := keys(); n != ownKeys {
			return fmt.Sprintf("%d keys are left", n)
		}
		return ""
	})
	if got := len(e2e.ScanKeys(t, s.As(other), "kept:*", "")); got != ownKeys {
		t.Errorf("of the other project, %d keys are left", got)
	}
	e2e.ExpectIDUnused(t, s, id)
}

// TestDeletedProjectGoesFromTheFile is the same with the embedded engine; its used bytes show what is left.
func TestDeletedProjectGoesFromTheFile(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	id, token := s.CreateProject("doomed")
	for i := range 20 {
		fill(t, s.As(token), fmt.Sprintf("doomed%d", i))
	}
	s.Admin().Must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	s.Kill()
	s = s.Restart()
	s.AwaitHealthy()
	t.Logf("%d bytes were left when the server was killed", s.Status().UsedMemory)
	e2e.Eventually(t, "the keys of the deleted project to go", func() string {
		if used := s.Status().UsedMemory; used != 0 {
			return fmt.Sprintf("%d bytes are left", used)
		}
		return ""
	})
	e2e.ExpectIDUnused(t, s, id)
}
