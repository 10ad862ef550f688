// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

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
