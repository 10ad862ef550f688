// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

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

// TestBackupsInABucket keeps them there, of one server and for another, and tells nobody how to get in.
func TestBackupsInABucket(t *testing.T) {
	t.Parallel()
	bucket := startBucket(t)
	env := []string{"TEMPSKV_ADMIN_KEY=" + adminKey, "AWS_ACCESS_KEY_ID=" + bucketKey, "AWS_SECRET_ACCESS_KEY=" + bucketSecret}
	s := serveWith(t, env, t.TempDir(), "--backup-to", bucket)
	s.enable(object{"engine": "embedded"})
	tenants := filled(t, s, 2, fewKeys)
	b := s.backUp()
	if all := s.backups(); len(all) != 1 || all[0] != b || b.Keys != 2*fewKeys {
		t.Errorf("made %+v, listed %+v", b, all)
	}
	spoil(t, tenants)
	if r := s.restore(b.ID, object{"replace": true}); r.Keys != b.Keys || r.Before == "" {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	hold(t, s, tenants)

	redis := redistest.Start(t)
	other := serveWith(t, env, t.TempDir(), "--backup-to", bucket)
	other.enable(object{"engine": "external", "redis_url": redis.URL})
	if r := other.restore(b.ID, object{}); r.Keys != b.Keys {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	hold(t, other, tenants)
	for _, id := range []string{b.ID, other.backUp().ID} {
		other.admin().must(t, http.MethodDelete, "/api/kv/backups/"+id, nil, nil)
	}
	if all := s.backups(); len(all) != 1 || all[0].Trigger != "restore" {
		t.Errorf("left: %+v", all)
	}

	denied := serveWith(t, []string{"TEMPSKV_ADMIN_KEY=" + adminKey, "AWS_ACCESS_KEY_ID=another", "AWS_SECRET_ACCESS_KEY=" + bucketSecret},
		t.TempDir(), "--backup-to", bucket)
	denied.enable(object{"engine": "embedded"})
	r := denied.admin().do(t, http.MethodPost, "/api/kv/backups", object{})
	if r.status != http.StatusServiceUnavailable || !strings.Contains(r.problem().Detail, "denies access") {
		t.Errorf("where it is not let in: %s", r)
	}
	for _, one := range []*server{s, other, denied} {
		neverShown(t, one, bucketSecret)
		if strings.Contains(one.log.String(), bucketKey) {
			t.Errorf("the log holds %s", bucketKey)
		}
	}
}
