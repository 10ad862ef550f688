// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestFiles reaches a server that asks for client certificates.
func TestFiles(t *testing.T) {
	t.Parallel()
	a := redistest.NewAuthority(t)
	_, addr := redistest.StartTLS(t, a, "yes", "--requirepass", "secret")
	cert, key := a.Issue("client")
	u, err := redis.WithFiles("rediss://:secret@"+addr+"/2", redis.Files{CA: a.CA, Cert: cert, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for _, coalesce := range []bool{false, true} {
		s := open(t, redis.Config{URL: u, Coalesce: coalesce})
		if n, err := s.Incr(t.Context(), 1, "k", 1, 0); n == 0 || err != nil {
			t.Errorf("Incr = %d, %v", n, err)
		}
	}
}

// TestFilesRefused checks the errors for files that cannot be used, before any connection is made.
func TestFilesRefused(t *testing.T) {
	t.Parallel()
	a, dir := redistest.NewAuthority(t), t.TempDir()
	cert, key := a.Issue("one")
	_, otherKey := a.Issue("other")
	none := filepath.Join(dir, "none.pem")
	text := filepath.Join(dir, "text.pem")
	if err := os.WriteFile(text, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, url string
		says      []string
	}{
		{"no CA", "rediss://:secret@h?ca=" + none, []string{"ca " + none, "no such file"}},
		{"directory", "rediss://:secret@h?ca=" + dir, []string{"ca " + dir, "is a directory"}},
		{"CA that is no certificate", "rediss://:secret@h?ca=" + text, []string{text, "no certificate"}},
		{"no cert", "rediss://:secret@h?cert=" + none + "&key=" + key, []string{"cert " + none, "no such file"}},
		{"no key", "rediss://:secret@h?cert=" + cert + "&key=" + none, []string{"key " + none, "no such file"}},
		{"mismatch", "rediss://:secret@h?cert=" + cert + "&key=" + otherKey, []string{cert, otherKey, "does not match"}},
		{"swapped", "rediss://:secret@h?cert=" + key + "&key=" + cert, []string{"cannot be used together"}},
		{"key that is no key", "rediss://:secret@h?cert=" + cert + "&key=" + text, []string{text}},
		{"cert alone", "rediss://:secret@h?cert=" + cert, []string{"cert without key"}},
		{"key alone", "rediss://:secret@h?key=" + key, []string{"key without cert"}},
		{"relative", "rediss://:secret@h?ca=ca.pem", []string{"ca", "absolute"}},
		{"without TLS", "redis://:secret@h?ca=" + a.CA, []string{"ca", "rediss://"}},
		{"socket", "unix:///s?ca=" + a.CA, []string{"rediss://"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := redis.ValidateURL(tt.url)
			if !errors.Is(err, kv.ErrInvalid) {
				t.Fatalf("ValidateURL = %v, want %v", err, kv.ErrInvalid)
			}
			for _, words := range tt.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("it says %q, want something with %q", err, words)
				}
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it holds a secret: %v", err)
			}
		})
	}
}

func TestWithFiles(t *testing.T) {
	t.Parallel()
	got, err := redis.WithFiles("rediss://u:p%40@h/0?ca=/old&sentinel=m", redis.Files{CA: "/new ca", Cert: "/c", Key: "/k"})
	if err != nil {
		t.Fatal(err)
	}
	head, query, _ := strings.Cut(got, "?")
	values, err := url.ParseQuery(query)
	want := url.Values{"ca": {"/new ca"}, "cert": {"/c"}, "key": {"/k"}, "sentinel": {"m"}}
	if head != "rediss://u:p%40@h/0" || err != nil || values.Encode() != want.Encode() {
		t.Errorf("got %s, %v", got, err)
	}
	if same, err := redis.WithFiles("redis://h", redis.Files{}); same != "redis://h" || err != nil {
		t.Errorf("without files: %s, %v", same, err)
	}
	if _, err := redis.WithFiles("redis://h", redis.Files{CA: "/c"}); !errors.Is(err, kv.ErrInvalid) {
		t.Errorf("without TLS: %v", err)
	}
}
