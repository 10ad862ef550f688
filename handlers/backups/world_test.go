// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/infra/backup/dir"
	control "github.com/tempskv/tempskv/infra/control/sqlite"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/external"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/servicetest"
)

// world is a service on real parts, with backups of it.
type world struct {
	*backups.Manager
	t       *testing.T
	dir     string // of the backups
	data    string // the data directory
	control *control.Store
	service *lifecycle.Service
	redis   *redistest.Server // of the engine external
}

// engines are those that backups go from and to.
var engines = []engine.Name{engine.Embedded, engine.External}

// maxAnswer is less than records may come to that are handed over at once.
const maxAnswer = 1 << 20

// newWorld returns a service that is on, whose backups are in dir.
func newWorld(t *testing.T, engine engine.Name, backupDir string) *world {
	t.Helper()
	return newWorldWith(t, engine, dir.New(backupDir), backupDir)
}

func newWorldWith(t *testing.T, engine engine.Name, files archive.Files, backupDir string) *world {
	t.Helper()
	return newWorldOn(t, engine, newEmbedded, files, backupDir)
}

func newEmbedded(data string) engine.Driver {
	return embedded.NewEngine(data, embedded.Config{MaxAnswer: maxAnswer}).Driver()
}

// newWorldOn is newWorldWith an engine embedded in a data directory that is made by a function.
func newWorldOn(t *testing.T, name engine.Name, newEmbedded func(data string) engine.Driver, files archive.Files, backupDir string) *world {
	t.Helper()
	data := t.TempDir()
	store := servicetest.OpenControl(t, data)
	c := lifecycle.Config{Hold: backups.Hold(store.RestoreDocument), Engines: map[engine.Name]engine.Driver{
		engine.Embedded: newEmbedded(data),
		engine.External: external.NewEngine(external.Config{Store: redis.Config{MaxAnswer: maxAnswer}}).Driver(),
	}}
	service := lifecycle.New(store, c)
	servicetest.Run(t, service)
	change := engine.Change{Engine: &name}
	var server *redistest.Server
	if name == engine.External {
		server = redistest.Start(t)
		change.RedisURL = &server.URL
	}
	if _, err := service.Enable(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	return &world{
		Manager: backups.New(backups.Config{Service: service, Control: store, Files: files, Version: "1.2.3"}),
		t:       t, dir: backupDir, data: data, control: store, service: service, redis: server,
	}
}

// store returns the store in use until the test ends, or give is called.
func (w *world) store() kv.Store {
	w.t.Helper()
	lease, err := w.service.Acquire()
	if err != nil {
		w.t.Fatal(err)
	}
	defer lease.Release()
	return lease.Store
}

// project creates a project with keys.
func (w *world) project(name string, keys map[kv.Key]string) kv.ProjectID {
	w.t.Helper()
	p, err := w.control.CreateProject(w.t.Context(), access.NewProject{Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	w.set(p.ID, keys)
	return p.ID
}

func (w *world) set(p kv.ProjectID, keys map[kv.Key]string) {
	w.t.Helper()
	for key, value := range keys {
		if _, err := w.store().Set(w.t.Context(), p, key, kv.Value(value), kv.SetOptions{}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// keys returns what a project holds.
func (w *world) keys(p kv.ProjectID) map[kv.Key]string {
	w.t.Helper()
	keys := map[kv.Key]string{}
	err := w.store().Export(w.t.Context(), p, func(records []kv.Record) error {
		for _, r := range records {
			keys[r.Key] = string(r.Text)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// token makes a deployment token, and returns it with its id.
func (w *world) token(p kv.ProjectID) (access.Token, string) {
	w.t.Helper()
	token := access.NewToken(access.DeploymentToken)
	c, err := w.control.AddCredential(w.t.Context(), access.Credential{
		Principal: access.Principal{Name: "web", Permissions: access.KvRead | access.KvWrite, Project: p},
		Prefix:    token.Prefix(), Last4: token.Last4(),
	}, token.Hash())
	if err != nil {
		w.t.Fatal(err)
	}
	return token, c.ID
}

// create makes a backup.
func (w *world) create(p kv.ProjectID) backups.Manifest {
	w.t.Helper()
	m, err := w.Create(w.t.Context(), p)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// restore restores a backup.
func (w *world) restore(id string, o backups.RestoreOptions) backups.Restored {
	w.t.Helper()
	r, err := w.Restore(w.t.Context(), id, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// whole demands that a backup verifies.
func (w *world) whole(id string) backups.Verification {
	w.t.Helper()
	var v backups.Verification
	var err error
	eventually(w.t, "the job under way to end", func() bool { // as where a backup by the schedule is read back
		v, err = w.Verify(w.t.Context(), id)
		return !errors.Is(err, kv.ErrBusy)
	})
	if err != nil || v.Problem != "" {
		w.t.Fatalf("verify %s: %q, %v", id, v.Problem, err)
	}
	return v
}

// edit changes a file of a backup.
func (w *world) edit(name string, f func([]byte) []byte) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, f(text), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// editManifest changes a member of a manifest.
func (w *world) editManifest(id, member string, value any) {
	w.t.Helper()
	w.edit(id+".json", func(text []byte) []byte {
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			w.t.Fatal(err)
		}
		m[member] = value
		text, err := json.Marshal(m)
		if err != nil {
			w.t.Fatal(err)
		}
		return text
	})
}

// eventually polls until f returns true.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// served fails the test unless data calls of the project end in the error, nil if they are accepted.
func (w *world) served(p kv.ProjectID, want error) {
	w.t.Helper()
	lease, err := w.service.AcquireFor(w.t.Context(), p)
	if err == nil {
		lease.Release()
	}
	if !errors.Is(err, want) {
		w.t.Errorf("a data call of project %d: %v, want %v", p, err, want)
	}
}
