// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestDeletedProjectGoesAcrossACrash kills the server after it has said that a project is deleted, and before the keys
// can be.
func TestDeletedProjectGoesAcrossACrash(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "external", "redis_url": redis.URL})
	id, token := s.project("doomed")
	_, other := s.project("other")
	fill(t, s.as(token), "doomed")
	fill(t, s.as(other), "kept")

	redis.Stop() // nothing can be deleted now
	s.admin().must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	s.as(token).refused(t, "get", object{"key": "doomed:1"}, http.StatusUnauthorized, "unauthorized")
	s.kill()
	redis.Cont()
	keys := func() int64 { return redis.Client().DBSize(t.Context()).Val() - 1 } // without the mark of its owner
	if n := keys(); n != 2*ownKeys {
		t.Fatalf("%d keys are there when the server was killed, want all %d", n, 2*ownKeys)
	}

	s = s.again()
	eventually(t, "the keys of the deleted project to go", func() string {
		if n := keys(); n != ownKeys {
			return fmt.Sprintf("%d keys are left", n)
		}
		return ""
	})
	if got := len(scanAll(t, s.as(other), "kept:*", "")); got != ownKeys {
		t.Errorf("of the other project, %d keys are left", got)
	}
	idNeverComesBack(t, s, id)
}

// idNeverComesBack asks for the id of a deleted project, and for any.
func idNeverComesBack(t *testing.T, s *server, id int) {
	t.Helper()
	r := s.admin().do(t, http.MethodPost, "/api/projects", object{"name": "again", "id": id})
	if r.status != http.StatusConflict {
		t.Errorf("the id of a deleted project, asked for: %s", r)
	}
	if fresh, _ := s.project("fresh"); fresh == id {
		t.Errorf("a fresh project has the id %d of a deleted one", fresh)
	}
}

// TestDeletedProjectGoesFromTheFile is the same over the embedded engine, whose used bytes tell what is left.
func TestDeletedProjectGoesFromTheFile(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	id, token := s.project("doomed")
	for i := range 20 {
		fill(t, s.as(token), fmt.Sprintf("doomed%d", i))
	}
	s.admin().must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	s.kill()
	s = s.again()
	s.awaitHealthy()
	t.Logf("%d bytes were left when the server was killed", s.status().UsedMemory)
	eventually(t, "the keys of the deleted project to go", func() string {
		if used := s.status().UsedMemory; used != 0 {
			return fmt.Sprintf("%d bytes are left", used)
		}
		return ""
	})
	idNeverComesBack(t, s, id)
}
