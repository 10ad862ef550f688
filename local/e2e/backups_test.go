// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// backup is what a test looks at in a backup.
type backup struct {
	ID, Scope, Trigger, SHA256 string

	Keys, Size  int64
	PointInTime bool `json:"point_in_time"`
	Damaged     bool
}

// backUp makes a backup of everything, and has it verified.
func (s *server) backUp() (b backup) {
	s.t.Helper()
	s.admin().must(s.t, http.MethodPost, "/api/kv/backups", object{}, &b)
	s.verify(b.ID)
	return b
}

// verify fails the test if a backup is not whole.
func (s *server) verify(id string) {
	s.t.Helper()
	var v struct {
		OK      bool
		Problem string
	}
	s.admin().must(s.t, http.MethodPost, "/api/kv/backups/"+id+"/verify", nil, &v)
	if !v.OK {
		s.t.Errorf("%s: %s", id, v.Problem)
	}
}

// backups lists them, newest first.
func (s *server) backups() []backup {
	s.t.Helper()
	var list struct{ Backups []backup }
	s.admin().must(s.t, http.MethodGet, "/api/kv/backups", nil, &list)
	return list.Backups
}

// restored is what a test looks at in what a restore did.
type restored struct {
	Keys, Expired, Changed int64
	Before                 string
}

// restore restores a backup.
func (s *server) restore(id string, options object) (r restored) {
	s.t.Helper()
	s.admin().must(s.t, http.MethodPost, restorePath(id), options, &r)
	return r
}

func restorePath(id string) string { return "/api/kv/backups/" + id + "/restore" }

// fewKeys is how many keys each project of filled gets.
const fewKeys = 7000

// tenant is a project with keys: those of fillMany.
type tenant struct {
	caller
	digest string
}

// filled creates projects with keys.
func filled(t *testing.T, s *server, projects, keys int) (tenants []tenant) {
	t.Helper()
	for n := range projects {
		_, token := s.project(fmt.Sprint("filled ", n))
		c := s.as(token)
		tenants = append(tenants, tenant{c, fillMany(t, c, keys)})
	}
	return tenants
}

// spoil changes and removes keys of each, and returns them with what they hold then.
func spoil(t *testing.T, tenants []tenant) (spoilt []tenant) {
	t.Helper()
	for n, one := range tenants {
		one.must(t, http.MethodPost, "/api/kv/del", object{"keys": []string{"many:0", "many:999", "many:3000"}}, nil)
		one.must(t, http.MethodPost, "/api/kv/set", object{"key": "many:1", "value": n}, nil)
		spoilt = append(spoilt, tenant{one.caller, digestMany(t, one.caller, fewKeys)})
	}
	return spoilt
}

// hold fails the test if a project does not hold what it should, at the server.
func hold(t *testing.T, s *server, tenants []tenant) {
	t.Helper()
	for n, one := range tenants {
		if got := digestMany(t, s.as(one.token), fewKeys); got != one.digest {
			t.Errorf("project %d does not hold the keys that it should", n+1)
		}
	}
}

// takeOver copies the two files of a backup to where another server keeps its own.
func takeOver(t *testing.T, from, to *server, id string) {
	t.Helper()
	dir := filepath.Join(to.dir, "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{id + ".ndjson.gz", id + ".json"} {
		text, err := os.ReadFile(filepath.Join(from.dir, "backups", name))
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
	p := startPodman(t)
	s, token := overPodman(t, p, p.HostImage())
	tenants := filled(t, s, 3, fewKeys)
	f := newFleet(fleetSize, token)
	stop := f.start(t, s.url)
	f.await(t, enough)
	b := s.backUp()
	if b.Keys < 3*fewKeys+enough/2 || b.PointInTime {
		t.Errorf("made %+v", b)
	}
	spoil(t, tenants)
	f.await(t, enough)
	gap := f.longestGap(t.Context())
	r := s.restore(b.ID, object{"replace": true})
	f.await(t, enough)
	t.Logf("%+v; no write was acknowledged for %v", r, gap().Round(time.Millisecond))
	stop()
	f.nothingTooMuch(t, s.url) // what came after the backup is gone, as it should be
	hold(t, s, tenants)
	oneOfEach(t, p)

	beside := serve(t, t.TempDir())
	beside.enable(object{"engine": "embedded"})
	takeOver(t, s, beside, b.ID)
	if r := beside.restore(b.ID, object{}); r.Keys != b.Keys || r.Before != "" {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	hold(t, beside, tenants)
	hold(t, s, tenants)
	spoilt := spoil(t, tenantsAt(beside, tenants))
	later := beside.backUp()
	takeOver(t, beside, s, later.ID)
	if r := s.restore(later.ID, object{"replace": true}); r.Keys != later.Keys || r.Before == "" {
		t.Errorf("%+v, of %d", r, later.Keys)
	}
	hold(t, s, spoilt)
	s.terminate()
	s = s.again("--podman-socket", p.Socket)
	s.awaitHealthy()
	hold(t, s, spoilt)
}

// tenantsAt returns the same projects at another server.
func tenantsAt(s *server, tenants []tenant) (there []tenant) {
	for _, one := range tenants {
		there = append(there, tenant{s.as(one.token), one.digest})
	}
	return there
}

// TestBackupIsKilled kills the server amid a backup and amid restores. What was there is there, no half backup is listed,
// and what is left of it goes.
func TestBackupIsKilled(t *testing.T) {
	t.Parallel()
	backupIsKilled(t, serve(t, t.TempDir()), object{"engine": "embedded"})
}

// TestPodmanBackupIsKilled does the same with a Redis in a container.
func TestPodmanBackupIsKilled(t *testing.T) {
	p := startPodman(t)
	backupIsKilled(t, serve(t, t.TempDir(), "--podman-socket", p.Socket), object{"docker_image": p.HostImage()}, "--podman-socket", p.Socket)
	oneOfEach(t, p)
}

func backupIsKilled(t *testing.T, s *server, settings object, args ...string) {
	t.Helper()
	s.enable(settings)
	tenants := filled(t, s, 2, fewKeys)
	b := s.backUp()
	spoilt := spoil(t, tenants)
	listed := func() (ids []string) {
		for _, b := range s.backups() {
			ids = append(ids, b.ID)
		}
		return ids
	}
	const making = "[0-9]+ keys"
	killedAt := func(step, path string, body object) {
		t.Helper()
		killed := s.atStep(step, s.kill)
		_, _ = s.admin().send(t.Context(), http.MethodPost, path, body)
		if !await(t, killed, step) {
			t.Fatalf("the job was over before it was seen at: %s", step)
		}
		if files, err := os.ReadDir(filepath.Join(s.dir, "backups")); err != nil || step == making && len(files) < 3 {
			t.Errorf("the backup that was killed left nothing: it was over before (%v, %v)", files, err)
		}
		s = s.again(args...)
		s.awaitHealthy()
		hold(t, s, spoilt)
		eventually(t, "what the killed server left to go", func() string {
			if left := strays(t, s); len(left) > 0 {
				return fmt.Sprint(left)
			}
			return ""
		})
	}
	killedAt(making, "/api/kv/backups", object{})
	if diff := cmp.Diff(listed(), []string{b.ID}); diff != "" {
		t.Errorf("the backups: %s", diff)
	}
	for _, step := range []string{"read the backup", "restore the keys.*", "compare the keys.*"} {
		before := len(listed())
		killedAt(step, restorePath(b.ID), object{"replace": true})
		for _, saved := range s.backups()[:len(s.backups())-before] { // of what was to be replaced
			s.verify(saved.ID)
		}
	}
	if r := s.restore(b.ID, object{"replace": true}); r.Keys != b.Keys || r.Before == "" {
		t.Errorf("%+v, of %d", r, b.Keys)
	}
	hold(t, s, tenants)
}

// strays returns what is in the directory of backups and is of none that is listed.
func strays(t *testing.T, s *server) (paths []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, "backups"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, b := range s.backups() {
		known[b.ID+".json"], known[b.ID+".ndjson.gz"] = true, true
	}
	for _, e := range entries {
		if !known[e.Name()] {
			paths = append(paths, filepath.Join(s.dir, "backups", e.Name()))
		}
	}
	return paths
}
