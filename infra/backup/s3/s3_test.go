// SPDX-License-Identifier: Apache-2.0

package s3_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/backuptest"
	"github.com/tempskv/tempskv/infra/backup/s3"
)

const (
	keyID   = "AKIDEXAMPLE"
	secret  = "wJalrXUtnFEMI-secret"
	session = "FwoGZXIvYXdz-session"
)

func getenv(name string) (string, bool) {
	text, ok := map[string]string{
		"AWS_ACCESS_KEY_ID": keyID, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": session,
	}[name]
	return text, ok
}

// bucket is a bucket on its own server.
type bucket struct{ url string }

// serve starts a server with an empty bucket. around, if it is not nil, sees each request first.
func serve(t *testing.T, around func(next http.Handler) http.Handler, options ...gofakes3.Option) bucket {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("backups"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(backend, options...).Server()
	if around != nil {
		handler = around(handler)
	}
	return bucket{start(t, handler).URL}
}

// start starts a server that logs nothing.
func start(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func (b bucket) open(t *testing.T, path string) *s3.Files {
	t.Helper()
	return open(t, "s3://"+path+"?endpoint="+url.QueryEscape(b.url))
}

func open(t *testing.T, address string) *s3.Files {
	t.Helper()
	files, err := s3.New(address, getenv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() }) // never fails
	return files
}

func TestConformance(t *testing.T) {
	t.Parallel()
	backuptest.Run(t, func(t *testing.T) archive.Files { return serve(t, nil).open(t, "backups/some/where") })
}

// Backups under one prefix are separate from those under another, even if one prefix begins with the other.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	b := serve(t, nil)
	places := []*s3.Files{b.open(t, "backups"), b.open(t, "backups/a"), b.open(t, "backups/a/b/"), b.open(t, "backups/ab")}
	for i, files := range places {
		store(t, files, fmt.Sprint("file-", i), "text")
	}
	for i, files := range places {
		list, err := files.List(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != fmt.Sprint("file-", i) {
			t.Errorf("%v has %v, %v", files, list, err)
		}
	}
}

func store(t *testing.T, files *s3.Files, name, text string) {
	t.Helper()
	f, err := files.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
}

// Credentials, region and path style are used in requests, and are not shown anywhere else.
func TestHowItAsks(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []*http.Request
	b := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			got = append(got, r.Clone(r.Context()))
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	})
	files := open(t, "s3://backups/some?region=eu-central-1&path_style=true&endpoint="+b.url+"/")
	if want := "s3://backups/some?endpoint=" + b.url; files.String() != want || fmt.Sprint(files) != want {
		t.Errorf("it is called %v, want %s", files, want)
	}
	store(t, files, "a", "text")
	for _, r := range got {
		authorization := r.Header.Get("Authorization")
		if !strings.Contains(authorization, "Credential="+keyID+"/") || !strings.Contains(authorization, "/eu-central-1/s3/") ||
			r.Header.Get("X-Amz-Security-Token") != session || !strings.HasPrefix(r.URL.Path, "/backups/") {
			t.Errorf("%s %s: %s", r.Method, r.URL, authorization)
		}
		if strings.Contains(fmt.Sprint(r.Header, r.URL), secret) {
			t.Error("the secret was sent")
		}
	}
	if len(got) == 0 {
		t.Error("no request came")
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"s3://backups":                                     "s3://backups",
		"s3://backups/":                                    "s3://backups",
		"s3://my.backups-2/a/b/":                           "s3://my.backups-2/a/b",
		"s3://backups/a?region=eu-central-1":               "s3://backups/a",
		"s3://backups?endpoint=https://minio:9000":         "s3://backups?endpoint=https://minio:9000",
		"s3://backups/a?endpoint=http%3A%2F%2F%5B%3A%3A1]": "s3://backups/a?endpoint=http://[::1]",
	} {
		if got := open(t, address).String(); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
	const hidden = "hunter2"
	for address, want := range map[string]string{
		"s3:backups":                       "s3://BUCKET/PREFIX",
		"s3://":                            "bucket",
		"s3:///a":                          "bucket",
		"s3://ab":                          "bucket",
		"s3://Back_ups":                    "bucket",
		"s3://backups:80/a":                "bucket",
		"s3://backups/%zz" + hidden:        "s3://BUCKET/PREFIX",
		"s3://id:" + hidden + "@backups/a": "holds no keys",
		"s3://backups/a/../b":              "prefix",
		"s3://backups/./b":                 "prefix",
		"s3://backups/a//b":                "prefix",
		"s3://backups/" + strings.Repeat("a", 701):                       "prefix",
		"s3://backups#" + hidden:                                         "s3://BUCKET/PREFIX",
		"s3://backups?secret_key=" + hidden:                              "no other",
		"s3://backups?region=" + hidden + "%20":                          "region",
		"s3://backups?path_style=" + hidden:                              "path_style",
		"s3://backups?a;b" + hidden:                                      "cannot be read",
		"s3://backups?endpoint=minio:9000":                               "endpoint",
		"s3://backups?endpoint=ftp://minio":                              "endpoint",
		"s3://backups?endpoint=https://":                                 "endpoint",
		"s3://backups?endpoint=https://a:" + hidden + "@minio":           "endpoint",
		"s3://backups?endpoint=https://minio/a":                          "endpoint",
		"s3://backups?endpoint=https://minio?b=c":                        "endpoint",
		"s3://backups?endpoint=http://169.254.169.254":                   "link-local",
		"s3://backups?endpoint=http://[fd00:ec2::254]:80":                "link-local",
		"s3://backups?endpoint=http://[::ffff:169.254.169.254]":          "link-local",
		"s3://backups?endpoint=https%3A%2F%2F%5Bfe80%3A%3A1%2525eth0%5D": "link-local",
	} {
		_, err := s3.New(address, getenv)
		r, ok := errors.AsType[*kv.Refusal](err)
		if !ok || r.Kind != kv.ErrInvalid || !strings.Contains(r.Detail, want) || strings.Contains(r.Detail, hidden) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestWithoutCredentials(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		_, err := s3.New("s3://backups", func(name string) (string, bool) {
			if name == missing {
				return "", false
			}
			return getenv(name)
		})
		if r, ok := errors.AsType[*kv.Refusal](err); !ok || !strings.Contains(r.Detail, missing) || strings.Contains(r.Detail, secret) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}
