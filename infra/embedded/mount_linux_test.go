// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// mount returns a directory on its own file system of 4 MiB. It needs root and the right to mount.
func mount(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("what a really full or read-only disk does is left out: mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Another file fills the disk and is removed again.
func TestDiskFilledByOthers(t *testing.T) {
	t.Parallel()
	dir := mount(t)
	s := open(t, dir, embedded.Config{})
	set := func(size int) error {
		_, err := s.Set(t.Context(), 1, "k", valueOf(size), kv.SetOptions{})
		return err
	}
	if err := set(1000); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 8<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := set(2_000_000); !errors.Is(err, kv.ErrStorageFull) {
		t.Errorf("on a full disk: %v", err)
	}
	if v, err := s.Get(t.Context(), 1, "k"); len(v) != 1000 || err != nil {
		t.Errorf("a read on a full disk: %d bytes, %v", len(v), err)
	}
	_, err := embedded.Open(t.Context(), filepath.Join(dir, "new.db"), embedded.Config{})
	if !errors.Is(err, kv.ErrStorageFull) {
		t.Errorf("a new store on a full disk: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := set(100_000); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// A data directory that cannot be written is refused with a text that says so, and nothing in it is lost.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := mount(t)
	e := embedded.NewEngine(dir, embedded.Config{})
	settings := engine.DefaultSettings()
	s, err := e.Enable(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Set(t.Context(), 1, "k", kv.Value("1"), kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := e.Disable(t.Context()); err != nil {
		t.Fatal(err)
	}
	settings.Provisioned = true
	remount := func(flags uintptr) {
		t.Helper()
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	_, err = e.Enable(t.Context(), settings)
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, "write access") {
		t.Errorf("on a read-only disk: %v", err)
	}
	remount(0)
	if s, err = e.Enable(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if v, err := s.Get(t.Context(), 1, "k"); string(v) != "1" || err != nil {
		t.Errorf("afterwards: %q, %v", v, err)
	}
}

// A disk that gets full while a staging is filled is reported, and once that is discarded the store in use has room
// again.
func TestStagingOnAFullDisk(t *testing.T) {
	t.Parallel()
	m := newMarked(t, mount(t))
	sc, err := m.Stage(t.Context(), m.settings)
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	for ; err == nil; stored++ {
		_, err = sc.Store().Set(t.Context(), 1, keyOf(stored), valueOf(100_000), kv.SetOptions{})
	}
	if !errors.Is(err, kv.ErrStorageFull) {
		t.Errorf("after %d values: %v", stored, err)
	}
	wantMark(t, m.store, "old")
	if err := sc.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.store.Set(t.Context(), 1, "large", valueOf(1_000_000), kv.SetOptions{}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	wantMark(t, m.store, "old")
}
