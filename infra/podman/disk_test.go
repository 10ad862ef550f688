// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// eventually calls f until there is no error, for a few minutes at most.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	err := errors.New("not asked")
	for deadline := time.Now().Add(3 * time.Minute); err != nil && time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		err = ask()
	}
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestFullDisk has a disk without room: for writes, for a new server, for a copy of the data.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	w.SmallDisk("32m")
	from, to := settings(w.DebianImage(podmantest.Redis70)), settings(w.DebianImage(podmantest.Redis80))

	empty := w.FillDisk()
	_, err := w.engine.Enable(w.ctx(), from)
	t.Log(err)
	if !errors.Is(err, kv.ErrStorageFull) {
		t.Errorf("Enable: %v, want %v", err, kv.ErrStorageFull)
	}
	empty()
	store := w.enable(from)
	if _, err := w.engine.Prepare(w.ctx(), from, to); err != nil { // else that fails already
		t.Fatal(err)
	}

	empty = w.FillDisk()
	value := kv.Value(`"` + strings.Repeat("x", 64<<10) + `"`)
	set := func() error {
		_, err := store.Set(w.ctx(), 1, "large", value, kv.SetOptions{})
		return err
	}
	eventually(t, "a write on a full disk", func() error {
		if err := set(); !errors.Is(err, kv.ErrStorageFull) {
			return fmt.Errorf("ended in %v, want %v", err, kv.ErrStorageFull)
		}
		return nil
	})
	if _, err := store.Get(w.ctx(), 1, "large"); err != nil {
		t.Errorf("a read on a full disk: %v", err)
	}
	_, _, err = w.update(store, from, to)
	expectRefusal(t, err, kv.ErrStorageFull, "cannot write its data")
	expectRefusal(t, w.engine.PrepareDisable(w.ctx()), kv.ErrStorageFull, "cannot write its data")
	if _, err := store.Get(w.ctx(), 1, "large"); err != nil {
		t.Errorf("a read after an update and a disable that were refused: %v", err)
	}
	_ = store.Close()
	expectRefusal(t, w.engine.Disable(w.ctx()), kv.ErrStorageFull, "cannot write its data")
	w.restart()
	expectRefusal(t, w.engine.Disable(w.ctx()), kv.ErrStorageFull, "cannot write its data")
	store = w.enable(provisioned(from)) // a server that cannot write still answers reads
	if err := set(); !errors.Is(err, kv.ErrStorageFull) {
		t.Errorf("a write after Enable: %v, want %v", err, kv.ErrStorageFull)
	}
	if _, err := store.Get(w.ctx(), 1, "large"); err != nil {
		t.Errorf("a read after Enable: %v", err)
	}
	if server, err := w.engine.Probe(w.ctx()); err == nil {
		t.Errorf("a server that cannot write is well: %+v", server)
	}
	_ = store.Close()
	empty()
	eventually(t, "a write after that", func() (err error) {
		if store, err = w.engine.Enable(w.ctx(), provisioned(from)); err != nil {
			return err
		}
		t.Cleanup(func() { _ = store.Close() })
		// It was in memory only until now: if the server had been stopped, it would have been lost.
		if v, err := store.Get(w.ctx(), 1, "large"); err != nil || len(v) != len(value) {
			return fmt.Errorf("what was acknowledged last has %d bytes, %v", len(v), err)
		}
		return set()
	})

	for i := range 16 {
		if _, err := store.Set(w.ctx(), 1, kv.Key(fmt.Sprint("mb", i)), kv.Value(`"`+strings.Repeat("x", 1<<20)+`"`), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	want := w.fill(store, 1000)
	_, _, err = w.update(store, from, to)
	t.Log(err)
	if !errors.Is(err, kv.ErrStorageFull) {
		t.Errorf("Update: %v, want %v", err, kv.ErrStorageFull)
	}
	if got := w.digest(w.enable(provisioned(from)), 1000); got != want {
		t.Error("the keys are not what they were")
	}
	w.expectOne()
}

// TestDisableOfAServerThatIsGone checks that Disable does not wait, though the server could not write when last asked.
func TestDisableOfAServerThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.SmallDisk("32m")
	store := w.enable(settings(w.HostImage()))
	empty := w.FillDisk()
	defer empty()
	eventually(t, "a refused disable", func() error {
		_, _ = store.Set(w.ctx(), 1, "large", kv.Value(`"`+strings.Repeat("x", 64<<10)+`"`), kv.SetOptions{})
		if err := w.engine.PrepareDisable(w.ctx()); !errors.Is(err, kv.ErrStorageFull) {
			return fmt.Errorf("ended in %v, want %v", err, kv.ErrStorageFull)
		}
		return nil
	})
	_ = store.Close()
	w.Podman("kill", w.Podman("ps", "-q"))
	if err := errors.Join(w.engine.PrepareDisable(w.ctx()), w.engine.Disable(w.ctx())); err != nil {
		t.Errorf("disable of a server that was killed: %v", err)
	}
}

// TestDamagedData checks that a server that cannot read its data is reported with what it says, and that the data are
// left to be repaired.
func TestDamagedData(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 100)
	_ = store.Close()
	if err := w.engine.Disable(w.ctx()); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(w.Volumes(), "*", "_data", "appendonlydir", "*.incr.aof"))
	if len(files) != 1 {
		t.Fatalf("the data are in %q", files)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	write := func(content string) {
		if err := os.WriteFile(files[0], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("not a command" + string(good))
	_, err = w.engine.Enable(w.ctx(), provisioned(s))
	expectRefusal(t, err, kv.ErrUnavailable, "ended at once with exit code 1: Bad file format reading the append only file")
	if log := w.log.String(); !strings.Contains(log, "the container does not run") || !strings.Contains(log, "Bad file format") {
		t.Errorf("the log says %s", log)
	}
	write(string(good))
	if got := w.digest(w.enable(provisioned(s)), 100); got != want {
		t.Error("the keys are not what they were")
	}
	w.expectOne()
}
