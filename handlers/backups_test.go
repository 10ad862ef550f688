// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBackups makes a backup over HTTP, downloads it, and goes back to it.
func TestBackups(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	one := w.project("one")
	w.do(w.admin, "set", fmt.Sprintf(`{"key":"a","value":{"b":1.0},"project_id":%d}`, one))
	made := w.want(http.StatusCreated, w.admin, "POST", "/api/kv/backups", `{}`)
	path := "/api/kv/backups/" + made["id"].(string)
	if got := w.want(http.StatusOK, w.admin, "GET", path, ""); !cmp.Equal(got, made) {
		t.Errorf("shown as %v, made as %v", got, made)
	}
	list := w.want(http.StatusOK, w.admin, "GET", "/api/kv/backups", "")
	if diff := cmp.Diff(list["backups"], []any{made}); diff != "" {
		t.Error(diff)
	}

	download := call(w.api, "GET", path+"/download", w.admin, "")
	sum := sha256.Sum256(download.Body.Bytes())
	if got := hex.EncodeToString(sum[:]); download.Code != http.StatusOK || got != made["sha256"] {
		t.Errorf("downloaded %d bytes with %s, want %v", download.Body.Len(), got, made)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(download.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unpacked); err != nil || !strings.Contains(string(text), `"key":"a","value":{"b":1.0}}`) {
		t.Errorf("the backup holds %s, %v", text, err)
	}

	w.do(w.admin, "set", fmt.Sprintf(`{"key":"a","value":2,"project_id":%d}`, one))
	w.refused("conflict", w.admin, "POST", path+"/restore", `{}`)
	restored := w.want(http.StatusOK, w.admin, "POST", path+"/restore", `{"replace":true}`)
	if restored["keys"] != 1.0 || restored["before"] == nil {
		t.Errorf("restored %v", restored)
	}
	if got := call(w.api, "POST", "/api/kv/get", w.admin, fmt.Sprintf(`{"key":"a","project_id":%d}`, one)).Body.String(); got != `{"value":{"b":1.0}}`+"\n" {
		t.Errorf("after the restore: %s", got)
	}
	if v := w.want(http.StatusOK, w.admin, "POST", path+"/verify", ""); v["ok"] != true || v["problem"] != nil {
		t.Errorf("verified: %v", v)
	}
	w.want(http.StatusNoContent, w.admin, "DELETE", path, "")
	for _, gone := range [][2]string{{"GET", path}, {"DELETE", path}, {"GET", path + "/download"}, {"POST", path + "/verify"}} {
		w.refused("backup_not_found", w.admin, gone[0], gone[1], "")
	}
}

// TestBackupSchedule keeps what is not given.
func TestBackupSchedule(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	const path = "/api/kv/backup-schedule"
	w.want(http.StatusOK, w.admin, "PATCH", path, `{"every_hours":24}`)
	s := w.want(http.StatusOK, w.admin, "PATCH", path, `{"keep":7}`)
	if s["every_hours"] != 24.0 || s["keep"] != 7.0 || s["next_at"] == nil || s["overdue"] != false || s["error"] != nil {
		t.Errorf("got %v", s)
	}
	if got := w.want(http.StatusOK, w.admin, "GET", "/api/kv/backups", "")["schedule"]; !cmp.Equal(got, any(s)) {
		t.Errorf("listed as %v, set to %v", got, s)
	}
	if got := w.want(http.StatusOK, w.admin, "GET", path, ""); !cmp.Equal(got, s) {
		t.Errorf("got %v, set to %v", got, s)
	}
	if s := w.want(http.StatusOK, w.admin, "PATCH", path, `{"every_hours":0}`); s["next_at"] != nil {
		t.Errorf("ended: %v", s)
	}
	if status := w.want(http.StatusOK, w.admin, "GET", "/api/kv/status", ""); status["backups"] != "" {
		t.Errorf("status says %v", status["backups"])
	}
}

// TestExport returns the keys of one project alone, and says where it ends.
func TestExport(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	one, two := w.project("one"), w.project("two")
	w.do(w.admin, "mset", fmt.Sprintf(`{"entries":[{"key":"a","value":[1]},{"key":"b","value":null}],"project_id":%d}`, one))
	w.do(w.admin, "set", fmt.Sprintf(`{"key":"c","value":3,"project_id":%d}`, two))
	for token, want := range map[string]string{
		w.token(one, ""):                  `{"key":"a","value":[1]}` + "\n" + `{"key":"b","value":null}` + "\n" + `{"end":{"keys":2}}` + "\n",
		w.token(two, `,"read_only":true`): `{"key":"c","value":3}` + "\n" + `{"end":{"keys":1}}` + "\n",
		w.token(w.project("none"), ""):    `{"end":{"keys":0}}` + "\n",
	} {
		answer := call(w.api, "POST", "/api/kv/export", token, `{}`)
		if diff := cmp.Diff(answer.Body.String(), want); diff != "" || answer.Header().Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("%v %s", answer.Header(), diff)
		}
	}
	w.refused("project_id_required", w.admin, "POST", "/api/kv/export", `{}`)
	w.refused("project_not_found", w.admin, "POST", "/api/kv/export", `{"project_id":99}`)
	w.want(http.StatusOK, w.admin, "DELETE", "/api/kv/disable", "")
	w.refused("kv_disabled", w.token(one, ""), "POST", "/api/kv/export", `{}`)
}
