// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control/controltest"
	"github.com/tempskv/tempskv/infra/control/sqlite"
)

func open(t testing.TB, path string, cfg sqlite.Config) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	controltest.Run(t, func(t *testing.T) func() controltest.Control {
		path := filepath.Join(t.TempDir(), "control.db")
		return func() controltest.Control { return open(t, path, sqlite.Config{MaxSessions: controltest.MaxSessions}) }
	})
}

func TestAudit(t *testing.T) {
	t.Parallel()
	controltest.RunAudit(t, func(t *testing.T, keep int64) func() controltest.Control {
		path := filepath.Join(t.TempDir(), "control.db")
		return func() controltest.Control { return open(t, path, sqlite.Config{AuditKeep: keep}) }
	})
}

// Acts of administrators go by age, a few at a time: a clock that is wrong once does not empty the log.
func TestAuditAge(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "control.db"), sqlite.Config{AuditKeep: 1})
	defer s.Close()
	old := time.Now().Add(-access.AuditAge - time.Hour)
	for range 5 {
		exec(t, s, fmt.Sprintf("INSERT INTO audit (time, actor, action, target, result, ip, request_id, kind) "+
			"VALUES (%d, '', 'old', '', '', '', '', %d)", old.UnixMicro(), access.AuditAdmin))
	}
	for i := 1; i <= 5; i++ {
		if err := s.RecordAudit(t.Context(), access.AuditEntry{Time: time.Now(), Action: "new", Kind: access.AuditAdmin}); err != nil {
			t.Fatal(err)
		}
		entries, _, err := s.AuditEntries(t.Context(), 100, "")
		if err != nil {
			t.Fatal(err)
		}
		var got [2]int
		for _, e := range entries {
			if e.Action == "old" {
				got[0]++
			} else {
				got[1]++
			}
		}
		if want := [2]int{max(0, 5-2*i), i}; got != want {
			t.Errorf("after %d: got %v, want %v", i, got, want)
		}
	}
}

// The file holds passwords and must hold no token.
func TestFileKeepsSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "control.db"), sqlite.Config{})
	token, err := s.CreateFirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", f.Name(), info.Mode(), err)
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil || strings.Contains(string(text), string(token[3:])) {
			t.Errorf("%s holds the token, or cannot be read: %v", f.Name(), err)
		}
	}
}

func TestAuditIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.db")
	s := open(t, path, sqlite.Config{AuditKeep: 3})
	defer s.Close()
	for i := range 10 {
		if err := s.RecordAudit(t.Context(), access.AuditEntry{Action: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	entries, _, err := s.AuditEntries(t.Context(), 100, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Action)
	}
	if diff := cmp.Diff([]string{"9", "8", "7"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLocalCredential(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.db")
	s := open(t, path, sqlite.Config{FlushEvery: time.Millisecond})
	token := access.NewToken(access.APIKey)
	s.AddLocal(access.Principal{ID: "local", Permissions: access.SystemAdmin}, token.Hash())
	if p, err := s.Authenticate(t.Context(), token); err != nil || p.ID != "local" {
		t.Errorf("got %v, %v", p, err)
	}
	if keys, err := s.APIKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("listed: %v, %v", keys, err)
	}
	if d, err := s.ExportAccess(t.Context()); err != nil || len(d.Credentials) != 0 {
		t.Errorf("exported: %v, %v", d.Credentials, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, sqlite.Config{})
	defer s.Close()
	if p, err := s.Authenticate(t.Context(), token); err == nil {
		t.Errorf("accepted after a restart: %v", p)
	}
}

// The last use is on disk soon, without a restart.
func TestLastUseIsFlushed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.db")
	s := open(t, path, sqlite.Config{FlushEvery: time.Millisecond})
	defer s.Close()
	token, err := s.CreateFirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	other := open(t, path, sqlite.Config{}) // sees the file alone
	defer other.Close()
	for limit := time.Now().Add(10 * time.Second); ; {
		keys, err := other.APIKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !keys[0].LastUsedAt.IsZero() {
			return
		}
		if time.Now().After(limit) {
			t.Fatal("not recorded")
		}
	}
}

func exec(t *testing.T, s *sqlite.Store, query string) {
	t.Helper()
	if _, err := s.DB().Write.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// A disk that is full or read-only stops writes with an error that says so, and nothing else; once it is
// repaired, writes go on.
func TestFaultsOfTheDisk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault, repair string
		want          error
	}{
		"full":      {"PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", kv.ErrStorageFull},
		"read-only": {"PRAGMA query_only = 1", "PRAGMA query_only = 0", kv.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, filepath.Join(t.TempDir(), "control.db"), sqlite.Config{FlushEvery: time.Millisecond})
			defer s.Close()
			token, err := s.CreateFirstKey(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			exec(t, s, c.fault)
			created := 0
			for ; err == nil && created < 1000; created++ { // the pages that are there may have room
				_, err = s.CreateProject(t.Context(), access.NewProject{Name: strings.Repeat("x", 1000)})
			}
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if _, err := s.Authenticate(t.Context(), token); err != nil {
				t.Error(err)
			}
			list, err := s.ListProjects(t.Context())
			if err != nil || len(list) != created-1 {
				t.Errorf("%d projects, want %d; %v", len(list), created-1, err)
			}
			if has, err := s.HasProject(t.Context(), kv.ProjectID(created)); has || err != nil {
				t.Errorf("a project that was not created is there: %v, %v", has, err)
			}
			exec(t, s, c.repair)
			if p, err := s.CreateProject(t.Context(), access.NewProject{}); err != nil || p.ID != kv.ProjectID(created) {
				t.Errorf("after it was repaired: %v, %v", p, err)
			}
		})
	}
}

// An import that does not fit leaves the file and the memory as they were.
func TestImportOnAFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.db")
	s := open(t, path, sqlite.Config{})
	first, err := s.CreateProject(t.Context(), access.NewProject{Name: "first"})
	if err != nil {
		t.Fatal(err)
	}
	token := access.NewToken(access.DeploymentToken)
	data := archive.Access{
		Projects: []access.Project{{ID: first.ID, Name: "changed", Limits: access.ProjectLimits{Keys: 1}}},
		Credentials: []archive.Credential{{
			Credential: access.Credential{Principal: access.Principal{ID: "t", Project: first.ID}}, Hash: token.Hash()}},
	}
	for id := kv.ProjectID(2); id < 1000; id++ {
		data.Projects = append(data.Projects, access.Project{ID: id, Name: strings.Repeat("x", 1000)})
	}
	exec(t, s, "PRAGMA max_page_count = 1")
	if err := s.ImportAccess(t.Context(), data); !errors.Is(err, kv.ErrStorageFull) {
		t.Errorf("got %v", err)
	}
	for range 2 {
		d, err := s.ExportAccess(t.Context())
		if diff := cmp.Diff(archive.Access{Projects: []access.Project{first}}, d); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if limits, err := s.ProjectLimits(t.Context(), first.ID); err != nil || limits != (access.ProjectLimits{}) {
			t.Errorf("limits %+v, %v", limits, err)
		}
		if p, err := s.Authenticate(t.Context(), token); !errors.Is(err, kv.ErrUnauthorized) {
			t.Errorf("accepted %+v, %v", p, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, path, sqlite.Config{})
	}
	defer s.Close()
	if err := s.ImportAccess(t.Context(), data); err != nil {
		t.Error(err)
	}
	if _, err := s.Authenticate(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "control.db"), sqlite.Config{})
	defer s.Close()
	token, err := s.CreateFirstKey(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for range 10_000 {
		s.AddLocal(access.Principal{}, access.NewToken(access.APIKey).Hash())
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Authenticate(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
