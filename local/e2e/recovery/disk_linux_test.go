// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package recovery_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestStartOnAFullDisk starts a server where nothing can be written, on a directory with data and on a new one.
func TestStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := e2e.MountDisk(t, "4m")
	empty := e2e.FillDisk(t, dir)
	r := e2e.RunCommand(e2e.Command(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", filepath.Join(dir, "data")))
	if r.Code != 1 || !strings.Contains(r.Stderr, "the disk that holds "+dir) {
		t.Errorf("a new data directory on a full disk: %+v", r)
	}
	empty()
	s := e2e.Serve(t, filepath.Join(dir, "data"))
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	s.As(token).Expect(t, "set", e2e.Object{"key": "before", "value": 1}, `{"result":"OK"}`)
	s.Kill()
	e2e.FillDisk(t, dir)
	s = s.Restart() // what is there can be read
	s.AwaitHealthy()
	e2e.ExpectStorageFull(t, s, s.As(token), "large")
}

// TestReadOnlyDisk starts a server on a disk that cannot be written.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := e2e.MountDisk(t, "16m")
	s := e2e.Serve(t, filepath.Join(dir, "data"))
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	s.As(token).Expect(t, "set", e2e.Object{"key": "before", "value": 1}, `{"result":"OK"}`)
	s.Kill()
	remount := func(flags uintptr) {
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	for _, data := range []string{s.Dir, filepath.Join(dir, "new")} {
		r := e2e.RunCommand(e2e.Command(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", data))
		if r.Code != 1 || !strings.Contains(r.Stderr, "read-only file system") || !strings.Contains(r.Stderr, data) {
			t.Errorf("on a read-only disk: %+v", r)
		}
	}
	remount(0)
	s = s.Restart()
	s.AwaitHealthy()
	s.As(token).Expect(t, "get", e2e.Object{"key": "before"}, `{"value":1}`)
}
