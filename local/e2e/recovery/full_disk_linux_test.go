// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package recovery_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestWhatSecuresWorksOnAFullDisk revokes, deletes and disables where nothing can be written any more, and finds each in the
// audit log. The status says that the disk is full, until there is room.
func TestWhatSecuresWorksOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := e2e.MountDisk(t, "16m")
	s := e2e.Serve(t, filepath.Join(dir, "data"))
	s.Enable(e2e.Object{"engine": "embedded"})
	id, token := s.CreateProject("p")
	s.As(token).Expect(t, "set", e2e.Object{"key": "before", "value": 1}, `{"result":"OK"}`)
	const many = 40
	tokens := make([]struct{ ID, Token string }, many)
	for i := range tokens {
		s.Admin().Must(t, http.MethodPost, fmt.Sprintf("/api/projects/%d/tokens", id), e2e.Object{"name": fmt.Sprint(i)}, &tokens[i])
	}
	var key struct{ ID, Token string }
	s.Admin().Must(t, http.MethodPost, "/api/api-keys", e2e.Object{"name": "k", "permissions": []string{"SystemRead"}}, &key)
	doomed, doomedToken := s.CreateProject("doomed")
	s.As(doomedToken).Expect(t, "set", e2e.Object{"key": "k", "value": 1}, `{"result":"OK"}`)
	b := s.CreateBackup()
	if s.Warned().Warns("storage_full") {
		t.Errorf("before: %+v", s.Warned())
	}
	empty := e2e.FillDisk(t, dir)
	e2e.ExpectStorageFull(t, s, s.As(token), "large")
	e2e.FillDisk(t, dir)
	e2e.Eventually(t, "a warning of the full disk", func() string {
		if w := s.Warned(); !w.Warns("storage_full") {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
	if r := s.Admin().Do(t, http.MethodPost, "/api/projects", e2e.Object{"name": "more"}); r.Status != http.StatusServiceUnavailable || r.Problem().Code != "storage_full" {
		t.Errorf("what only adds: %s", r)
	}
	for _, one := range tokens {
		s.Admin().Must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d/tokens/%s", id, one.ID), nil, nil)
		s.As(one.Token).ExpectProblem(t, "get", e2e.Object{"key": "before"}, http.StatusUnauthorized, "unauthorized")
	}
	s.Admin().Must(t, http.MethodDelete, "/api/api-keys/"+key.ID, nil, nil)
	s.Admin().Must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", doomed), nil, nil)
	s.As(doomedToken).ExpectProblem(t, "get", e2e.Object{"key": "k"}, http.StatusUnauthorized, "unauthorized")
	e2e.FillDisk(t, dir)
	s.Admin().Must(t, http.MethodDelete, "/api/kv/backups/"+b.ID, nil, nil)
	e2e.FillDisk(t, dir)
	s.Admin().Must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
	var log struct {
		Entries []struct{ Action, Target, Result string }
	}
	s.Admin().Must(t, http.MethodGet, "/api/audit?limit=50", nil, &log)
	done := map[string]int{}
	for _, e := range log.Entries {
		if e.Result == "ok" {
			done[e.Action]++
		}
	}
	want := map[string]int{"revokeToken": many, "revokeAPIKey": 1, "deleteProject": 1, "deleteBackup": 1, "kvDisable": 1}
	for action, n := range want {
		if done[action] != n {
			t.Errorf("%d entries of %s, want %d; there are %v", done[action], action, n, done)
		}
	}
	e2e.FillDisk(t, dir)
	s.Kill()
	s = s.Restart()
	s.Run("status") // commands reach it although nothing new can be written
	for _, one := range tokens {
		s.As(one.Token).ExpectProblem(t, "get", e2e.Object{"key": "before"}, http.StatusUnauthorized, "unauthorized")
	}
	empty()
	s.Enable(e2e.Object{})
	s.AwaitHealthy()
	e2e.Eventually(t, "the warning to go", func() string {
		if w := s.Warned(); w.Warns("storage_full") {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
	s.As(token).Expect(t, "set", e2e.Object{"key": "after", "value": 1}, `{"result":"OK"}`)
}
