// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mountDisk returns a directory that is a disk of its own. Only root may make one.
func mountDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		leaveOut(t, "a full and a read-only disk need the right to mount, as root has: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fillDisk takes all the room that is left on the disk. The returned function gives it back.
func fillDisk(t *testing.T, dir string) (empty func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4<<10); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return func() {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

// TestFullDisk lets the disk run full under load, several times, with a crash and a restart in between.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := serve(t, mountDisk(t, "64m"))
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	c := s.as(token)
	c.wants(t, "set", object{"key": "before", "value": 1}, `{"result":"OK"}`)
	f := newFleet()
	for round, end := range []func(*server){nil, (*server).kill, (*server).terminate} {
		stop := f.start(t, c)
		f.await(t, 500)
		empty := fillDisk(t, s.dir)
		storageFull(t, s, c, fmt.Sprint("round", round))
		if end != nil {
			end(s)
			stop()
			empty()
			s = s.again()
			s.awaitHealthy()
			c = s.as(token)
			stop = f.start(t, c)
		}
		empty()
		f.await(t, 500) // it takes writes again by itself
		stop()
		f.balanced(t, c)
	}
}

// storageFull stores keys of that name until the disk is full. It fails the test unless that is told as it should be,
// and everything else goes on. How much still fits is SQLite's matter, which keeps room in its log.
func storageFull(t *testing.T, s *server, c caller, name string) {
	t.Helper()
	var stored []string
	r := reply{status: http.StatusOK}
	for value := strings.Repeat("x", 1<<20); r.status == http.StatusOK && len(stored) < 100; {
		key := fmt.Sprintf("%s:%d", name, len(stored))
		r = c.kv(t, "set", object{"key": key, "value": value})
		if r.status == http.StatusOK {
			stored = append(stored, key)
		} else {
			c.wants(t, "exists", object{"keys": []string{key, "before"}}, `{"exists":1}`)
		}
	}
	if r.status != http.StatusServiceUnavailable || r.problem().Code != "storage_full" {
		t.Errorf("a write on a full disk: got %s, want 503 storage_full", r)
	}
	if len(stored) > 0 {
		c.wants(t, "exists", object{"keys": stored}, fmt.Sprintf(`{"exists":%d}`, len(stored)))
	}
	c.wants(t, "get", object{"key": "before"}, `{"value":1}`)
	if st := s.status(); !st.Enabled || !st.Healthy {
		t.Errorf("the status is %+v", st)
	}
	s.lives()
}

// TestStartOnAFullDisk starts a server where nothing can be written, on a directory with data and on a new one.
func TestStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := mountDisk(t, "4m")
	empty := fillDisk(t, dir)
	r := runCommand(command(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", filepath.Join(dir, "data")))
	if r.code != 1 || !strings.Contains(r.stderr, "the disk that holds "+dir) {
		t.Errorf("a new data directory on a full disk: %+v", r)
	}
	empty()
	s := serve(t, filepath.Join(dir, "data"))
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	s.as(token).wants(t, "set", object{"key": "before", "value": 1}, `{"result":"OK"}`)
	s.kill()
	fillDisk(t, dir)
	s = s.again() // what is there can be read
	s.awaitHealthy()
	storageFull(t, s, s.as(token), "large")
}

// TestReadOnlyDisk starts a server on a disk that cannot be written.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := mountDisk(t, "16m")
	s := serve(t, filepath.Join(dir, "data"))
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	s.as(token).wants(t, "set", object{"key": "before", "value": 1}, `{"result":"OK"}`)
	s.kill()
	remount := func(flags uintptr) {
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	for _, data := range []string{s.dir, filepath.Join(dir, "new")} {
		r := runCommand(command(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", data))
		if r.code != 1 || !strings.Contains(r.stderr, "read-only file system") || !strings.Contains(r.stderr, data) {
			t.Errorf("on a read-only disk: %+v", r)
		}
	}
	remount(0)
	s = s.again()
	s.awaitHealthy()
	s.as(token).wants(t, "get", object{"key": "before"}, `{"value":1}`)
}
