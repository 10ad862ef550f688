// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package backups_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// fewKeys is how many keys each project of filled gets.
const fewKeys = 7000

// tenant is a project with keys: those of fillMany.
type tenant struct {
	e2e.Caller
	digest string
}

// filled creates projects with keys.
func filled(t *testing.T, s *e2e.Server, projects, keys int) (tenants []tenant) {
	t.Helper()
	for n := range projects {
		_, token := s.CreateProject(fmt.Sprint("filled ", n))
		c := s.As(token)
		tenants = append(tenants, tenant{c, e2e.FillKeys(t, c, keys)})
	}
	return tenants
}

// changeKeys changes and removes keys of each, and returns the new content.
func changeKeys(t *testing.T, tenants []tenant) (changed []tenant) {
	t.Helper()
	for n, one := range tenants {
		one.Must(t, http.MethodPost, "/api/kv/del", e2e.Object{"keys": []string{"many:0", "many:999", "many:3000"}}, nil)
		one.Must(t, http.MethodPost, "/api/kv/set", e2e.Object{"key": "many:1", "value": n}, nil)
		changed = append(changed, tenant{one.Caller, e2e.DigestKeys(t, one.Caller, fewKeys)})
	}
	return changed
}

// expectKeys fails the test if a project does not hold what it should, at the server.
func expectKeys(t *testing.T, s *e2e.Server, tenants []tenant) {
	t.Helper()
	for n, one := range tenants {
		if got := e2e.DigestKeys(t, s.As(one.Token), fewKeys); got != one.digest {
			t.Errorf("project %d does not hold the keys that it should", n+1)
		}
	}
}

// holds reports whether every project holds what it should, at the server.
func holds(t *testing.T, s *e2e.Server, tenants []tenant) bool {
	t.Helper()
	return !slices.ContainsFunc(tenants, func(one tenant) bool {
		return e2e.DigestKeys(t, s.As(one.Token), fewKeys) != one.digest
	})
}

// takeOver copies the two files of a backup to where another server keeps its own.
func takeOver(t *testing.T, from, to *e2e.Server, id string) {
	t.Helper()
	dir := filepath.Join(to.Dir, "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{id + ".ndjson.gz", id + ".json"} {
		text, err := os.ReadFile(filepath.Join(from.Dir, "backups", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPodmanBackup backs up and restores a Redis in a container while clients write, and takes the backup to the engine
// embedded and one from there back.
func TestPodmanBackup(t *testing.T) {
	p := e2e.StartPodman(t)
	s, token := e2e.ServePodman(t, p, p.HostImage())
	tenants := filled(t, s, 3, fewKeys)
	f := workload.New(workload.Clients, token)
	stop := f.Start(t, s.URL)
	f.Await(t, workload.Writes)
	b := s.CreateBackup()
	if b.Keys < 3*fewKeys+workload.Writes/2 || b.PointInTime {
		t.Errorf("made %+v", b)
	}
	changeKeys(t, tenants)
	f.Await(t, workload.Writes)
	gap := f.LongestGap(t.Context())
	r := s.Restore(b.ID, e2e.Object{"replace": true})
	f.Await(t, workload.Writes)
	t.Logf("%+v; no write was acknowledged for %v", r, gap().Round(time.Millisecond))
	stop()
	f.ExpectNothingExtra(t, s.URL) // what came after the backup is gone, as it should be
	expectKeys(t, s, tenants)
	e2e.ExpectOneContainer(t, p)

	other := e2e.Serve(t, t.TempDir())
	other.Enable(e2e.Object{"engine": "embedded"})
	takeOver(t, s, other, b.ID)
	if r := other.Restore(b.ID, e2e.Object{}); r.Keys != b.Keys || r.Before != "" {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	expectKeys(t, other, tenants)
	expectKeys(t, s, tenants)
	changed := changeKeys(t, tenantsAt(other, tenants))
	later := other.CreateBackup()
	takeOver(t, other, s, later.ID)
	if r := s.Restore(later.ID, e2e.Object{"replace": true}); r.Keys != later.Keys || r.Before == "" {
		t.Errorf("%+v, of %d", r, later.Keys)
	}
	expectKeys(t, s, changed)
	s.Terminate()
	s = s.Restart("--podman-socket", p.Socket)
	s.AwaitHealthy()
	expectKeys(t, s, changed)
}

// tenantsAt returns the same projects at another server.
func tenantsAt(s *e2e.Server, tenants []tenant) (there []tenant) {
	for _, one := range tenants {
		there = append(there, tenant{s.As(one.Token), one.digest})
	}
	return there
}

// TestBackupIsKilled kills the server during a backup and during restores. The keys are unchanged, no half backup is listed,
// and what is left of it goes.
func TestBackupIsKilled(t *testing.T) {
	t.Parallel()
	backupIsKilled(t, e2e.Serve(t, t.TempDir()), e2e.Object{"engine": "embedded"})
}

// TestPodmanBackupIsKilled does the same with a Redis in a container.
func TestPodmanBackupIsKilled(t *testing.T) {
	p := e2e.StartPodman(t)
	backupIsKilled(t, e2e.Serve(t, t.TempDir(), "--podman-socket", p.Socket), e2e.Object{"docker_image": p.HostImage()}, "--podman-socket", p.Socket)
	e2e.ExpectOneContainer(t, p)
}

func backupIsKilled(t *testing.T, s *e2e.Server, settings e2e.Object, args ...string) {
	t.Helper()
	s.Enable(settings)
	tenants := filled(t, s, 2, fewKeys)
	b := s.CreateBackup()
	changed := changeKeys(t, tenants)
	listed := func() (ids []string) {
		for _, b := range s.Backups() {
			ids = append(ids, b.ID)
		}
		return ids
	}
	const making = "[0-9]+ keys"
	// killedAt kills the server at a step of a job. On a busy machine the job may be over before.
	killedAt := func(step, path string, body e2e.Object) {
		t.Helper()
		killed := s.AtStep(step, s.Kill)
		_, _ = s.Admin().Send(t.Context(), http.MethodPost, path, body)
		if e2e.Await(t, killed, step) {
			if files, err := os.ReadDir(filepath.Join(s.Dir, "backups")); err != nil || step == making && len(files) < 3 {
				t.Errorf("the backup that was killed left nothing: %v, %v", files, err)
			}
			s = s.Restart(args...)
		}
		s.AwaitHealthy()
		awaitRestored(t, s)
		e2e.Eventually(t, "the files of the killed server to be removed", func() string {
			if left := strays(t, s); len(left) > 0 {
				return fmt.Sprint(left)
			}
			return ""
		})
	}
	e2e.Eventually(t, "a backup to be killed", func() string {
		killedAt(making, "/api/kv/backups", e2e.Object{})
		expectKeys(t, s, changed)
		for _, id := range listed() {
			if id != b.ID {
				s.Admin().Must(t, http.MethodDelete, "/api/kv/backups/"+id, nil, nil)
				return id + " was over before"
			}
		}
		return ""
	})
	for _, step := range []string{"read the backup", "restore the keys.*", "compare the keys.*"} {
		e2e.Eventually(t, "a restore to be killed at "+step, func() string {
			before := len(listed())
			killedAt(step, e2e.RestorePath(b.ID), e2e.Object{"replace": true})
			for _, saved := range s.Backups()[:len(s.Backups())-before] { // of what was to be replaced
				s.VerifyBackup(saved.ID)
			}
			if holds(t, s, tenants) {
				changed = changeKeys(t, tenantsAt(s, tenants))
				return "it was over before"
			}
			expectKeys(t, s, changed)
			return ""
		})
	}
	if r := s.Restore(b.ID, e2e.Object{"replace": true}); r.Keys != b.Keys || r.Before == "" {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	expectKeys(t, s, tenants)
}

// strays returns the files in the directory of backups that belong to no listed backup.
func strays(t *testing.T, s *e2e.Server) (paths []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.Dir, "backups"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, b := range s.Backups() {
		known[b.ID+".json"], known[b.ID+".ndjson.gz"] = true, true
	}
	for _, e := range entries {
		if !known[e.Name()] {
			paths = append(paths, filepath.Join(s.Dir, "backups", e.Name()))
		}
	}
	return paths
}
