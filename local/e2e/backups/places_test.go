// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package backups_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// bucketKey and bucketSecret let a server into a bucket.
const (
	bucketKey    = "AKIDEXAMPLEOFE2E"
	bucketSecret = "wJalrXUtnFEMI/K7MDENG+e2e"
)

// startBucket starts a server of S3 with an empty bucket, and returns its address as backup-to takes it.
func startBucket(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("kept"); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(backend).Server()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential="+bucketKey+"/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return "s3://kept/of/kv?region=us-east-1&endpoint=" + url.QueryEscape(server.URL)
}

// TestBackupsInABucket keeps backups of one server in a bucket for another, and checks that no credentials are shown.
func TestBackupsInABucket(t *testing.T) {
	t.Parallel()
	bucket := startBucket(t)
	env := []string{"TEMPSKV_ADMIN_KEY=" + e2e.AdminKey, "AWS_ACCESS_KEY_ID=" + bucketKey, "AWS_SECRET_ACCESS_KEY=" + bucketSecret}
	s := e2e.ServeWith(t, env, t.TempDir(), "--backup-to", bucket)
	s.Enable(e2e.Object{"engine": "embedded"})
	tenants := filled(t, s, 2, fewKeys)
	b := s.CreateBackup()
	if all := s.Backups(); len(all) != 1 || all[0] != b || b.Keys != 2*fewKeys {
		t.Errorf("made %+v, listed %+v", b, all)
	}
	changeKeys(t, tenants)
	if r := s.Restore(b.ID, e2e.Object{"replace": true}); r.Keys != b.Keys || r.Before == "" {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	expectKeys(t, s, tenants)

	redis := redistest.Start(t)
	other := e2e.ServeWith(t, env, t.TempDir(), "--backup-to", bucket)
	other.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	if r := other.Restore(b.ID, e2e.Object{}); r.Keys != b.Keys {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	expectKeys(t, other, tenants)
	for _, id := range []string{b.ID, other.CreateBackup().ID} {
		other.Admin().Must(t, http.MethodDelete, "/api/kv/backups/"+id, nil, nil)
	}
	if all := s.Backups(); len(all) != 1 || all[0].Trigger != "restore" {
		t.Errorf("left: %+v", all)
	}

	denied := e2e.ServeWith(t, []string{"TEMPSKV_ADMIN_KEY=" + e2e.AdminKey, "AWS_ACCESS_KEY_ID=another", "AWS_SECRET_ACCESS_KEY=" + bucketSecret},
		t.TempDir(), "--backup-to", bucket)
	denied.Enable(e2e.Object{"engine": "embedded"})
	r := denied.Admin().Do(t, http.MethodPost, "/api/kv/backups", e2e.Object{})
	if r.Status != http.StatusServiceUnavailable || !strings.Contains(r.Problem().Detail, "denies access") {
		t.Errorf("with wrong credentials: %s", r)
	}
	for _, one := range []*e2e.Server{s, other, denied} {
		e2e.ExpectHidden(t, one, bucketSecret)
		if strings.Contains(one.Log.String(), bucketKey) {
			t.Errorf("the log holds %s", bucketKey)
		}
	}
}
