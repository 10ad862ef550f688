// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
)

// TestWhatSecuresWorksOnAFullDisk revokes, deletes and disables where nothing can be written any more, and finds each in the
// audit log. The status says that the disk is full, until there is room.
func TestWhatSecuresWorksOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := mountDisk(t, "16m")
	s := serve(t, filepath.Join(dir, "data"))
	s.enable(object{"engine": "embedded"})
	id, token := s.project("p")
	s.as(token).wants(t, "set", object{"key": "before", "value": 1}, `{"result":"OK"}`)
	const many = 40
	tokens := make([]struct{ ID, Token string }, many)
	for i := range tokens {
		s.admin().must(t, http.MethodPost, fmt.Sprintf("/api/projects/%d/tokens", id), object{"name": fmt.Sprint(i)}, &tokens[i])
	}
	var key struct{ ID, Token string }
	s.admin().must(t, http.MethodPost, "/api/api-keys", object{"name": "k", "permissions": []string{"SystemRead"}}, &key)
	doomed, doomedToken := s.project("doomed")
	s.as(doomedToken).wants(t, "set", object{"key": "k", "value": 1}, `{"result":"OK"}`)
	b := s.backUp()
	if s.warned().warns("storage_full") {
		t.Errorf("before: %+v", s.warned())
	}
	empty := fillDisk(t, dir)
	storageFull(t, s, s.as(token), "large")
	fillDisk(t, dir)
	eventually(t, "a warning of the full disk", func() string {
		if w := s.warned(); !w.warns("storage_full") {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
	if r := s.admin().do(t, http.MethodPost, "/api/projects", object{"name": "more"}); r.status != http.StatusServiceUnavailable || r.problem().Code != "storage_full" {
		t.Errorf("what only adds: %s", r)
	}
	for _, one := range tokens {
		s.admin().must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d/tokens/%s", id, one.ID), nil, nil)
		s.as(one.Token).refused(t, "get", object{"key": "before"}, http.StatusUnauthorized, "unauthorized")
	}
	s.admin().must(t, http.MethodDelete, "/api/api-keys/"+key.ID, nil, nil)
	s.admin().must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", doomed), nil, nil)
	s.as(doomedToken).refused(t, "get", object{"key": "k"}, http.StatusUnauthorized, "unauthorized")
	fillDisk(t, dir)
	s.admin().must(t, http.MethodDelete, "/api/kv/backups/"+b.ID, nil, nil)
	fillDisk(t, dir)
	s.admin().must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
	var log struct {
		Entries []struct{ Action, Target, Result string }
	}
	s.admin().must(t, http.MethodGet, "/api/audit?limit=50", nil, &log)
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
	fillDisk(t, dir)
	s.kill()
	s = s.again()
	s.types("status") // commands reach it although nothing new can be written
	for _, one := range tokens {
		s.as(one.Token).refused(t, "get", object{"key": "before"}, http.StatusUnauthorized, "unauthorized")
	}
	empty()
	s.enable(object{})
	s.awaitHealthy()
	eventually(t, "the warning to go", func() string {
		if w := s.warned(); w.warns("storage_full") {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
	s.as(token).wants(t, "set", object{"key": "after", "value": 1}, `{"result":"OK"}`)
}
