// SPDX-License-Identifier: Apache-2.0

package podman_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/infra/redis"
)

// world is one data directory, and the engine over it.
type world struct {
	*podmantest.Service
	t      *testing.T
	dir    string
	engine *podman.Engine
	report func(engine.Step)
	uri    string       // of the service, or of a proxy in front of it
	log    bytes.Buffer // of the engine
}

// newWorld starts podman. What the test leaves in it is removed at the end.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldIn(t, podmantest.Start(t))
}

func newWorldIn(t *testing.T, service *podmantest.Service) *world {
	t.Helper()
	w := &world{Service: service, t: t, dir: service.DataDir()}
	// Rootless, this process is not the user of podman, who may enter this directory all the same.
	sockets := filepath.Join(w.dir, "podman")
	if err := errors.Join(os.Mkdir(sockets, 0o700), os.Chown(sockets, service.User(), service.User())); err != nil {
		t.Fatal(err)
	}
	w.uri = w.URI
	w.restart()
	t.Cleanup(func() {
		w.report, w.uri = nil, w.URI
		w.restart()
		if err := w.engine.Purge(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("Purge: %v", err)
		}
	})
	return w
}

// restart makes a new engine, as a new process would.
func (w *world) restart() {
	w.engine = podman.NewEngine(podman.Config{
		Socket: w.uri, Dir: w.dir, Store: redis.Config{Coalesce: true},
		Log: slog.New(slog.NewTextHandler(io.MultiWriter(&w.log, w.t.Output()), nil)),
		Report: func(s engine.Step) {
			if w.report != nil {
				w.report(s)
			}
		},
	})
}

// settings returns the settings of a service that uses an image.
func settings(image string) engine.Settings {
	s := engine.DefaultSettings()
	s.Engine, s.DockerImage = engine.Podman, image
	return s
}

func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Minute)
	w.t.Cleanup(cancel)
	return ctx
}

// enable enables the engine and returns its store, which ends with the test.
func (w *world) enable(s engine.Settings) kv.Store {
	w.t.Helper()
	start := time.Now()
	store, err := w.engine.Enable(w.ctx(), s)
	if err != nil {
		w.t.Fatalf("Enable: %v", err)
	}
	w.t.Logf("enabled in %v", time.Since(start).Round(time.Millisecond))
	w.t.Cleanup(func() { _ = store.Close() })
	return store
}

// TestLife tests a whole life with this machine's own redis-server: enable, use, disable, enable, a new limit, purge.
func TestLife(t *testing.T) { newWorld(t).testLife(t) }

func (w *world) testLife(t *testing.T) {
	s := settings(w.HostImage())
	store := w.enable(s)
	if _, err := store.Set(w.ctx(), 1, "a", kv.Value(`"b"`), kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	server, err := w.engine.Probe(w.ctx())
	if err != nil || server.Version == "" || server.Image != s.DockerImage {
		t.Errorf("Probe = %+v, %v", server, err)
	}
	w.expectOne()
	_ = store.Close()
	if err := w.engine.Disable(w.ctx()); err != nil {
		t.Fatalf("Disable: %v", err)
	}
	if _, err := w.engine.Probe(w.ctx()); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("Probe after Disable: %v", err)
	}
	s.Provisioned = true
	w.restart()
	store = w.enable(s)
	if v, err := store.Get(w.ctx(), 1, "a"); err != nil || string(v) != `"b"` {
		t.Fatalf("after disable and enable: %s, %v", v, err)
	}
	small := s
	small.MaxMemory = "8mb"
	if same, err := w.engine.Update(w.ctx(), s, small); same != nil || err != nil {
		t.Fatalf("Update of max_memory = %v, %v: want the store in use", same, err)
	}
	big := kv.Value(`"` + string(make([]byte, 0)) + string(filled(4<<20)) + `"`)
	_, first := store.Set(w.ctx(), 1, "big", big, kv.SetOptions{})
	_, second := store.Set(w.ctx(), 1, "bigger", big, kv.SetOptions{})
	if _, third := store.Set(w.ctx(), 1, "biggest", big, kv.SetOptions{}); !errors.Is(errors.Join(first, second, third), kv.ErrOutOfMemory) {
		t.Errorf("12 MiB into 8: %v, want %v", third, kv.ErrOutOfMemory)
	}
	w.expectOne()
	_ = store.Close()
	if err := errors.Join(w.engine.Disable(w.ctx()), w.engine.Purge(w.ctx())); err != nil {
		t.Fatal(err)
	}
	if left := w.Podman("ps", "-aq") + w.Podman("volume", "ls", "-q") + w.Podman("secret", "ls", "-q") + w.networks(); left != "" {
		t.Errorf("after Purge there is %s", left)
	}
	if entries, err := os.ReadDir(w.dir); err != nil || len(entries) > 0 {
		t.Errorf("after Purge the data directory holds %v, %v", entries, err)
	}
}

// networks lists those of the data directory.
func (w *world) networks() string {
	w.t.Helper()
	owner := fmt.Sprintf("%x", sha256.Sum256([]byte(w.dir)))[:12]
	return w.Podman("network", "ls", "-q", "--filter", "label=io.tempskv.owner="+owner)
}

func filled(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

// expectOne fails the test if there is not just one container, one volume and one secret.
func (w *world) expectOne() {
	w.t.Helper()
	for _, what := range []string{
		w.Podman("ps", "-a", "--format", "{{.Names}}"), w.Podman("volume", "ls", "-q"), w.Podman("secret", "ls", "--format", "{{.Name}}"),
	} {
		if what == "" || len(what) > 40 {
			w.t.Errorf("want just one, there is: %q", what)
		}
	}
}
