// SPDX-License-Identifier: Apache-2.0

package dir_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

// writerDir is the variable that makes the test program a writer in that directory.
const writerDir = "TEMPSKV_TEST_BACKUP_DIR"

func TestMain(m *testing.M) {
	if path, ok := os.LookupEnv(writerDir); ok {
		fmt.Println(write(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// write writes a backup that never ends, and prints a line once some of it is written.
func write(path string) error {
	f, err := dir.New(path).Create(context.Background(), "a")
	for chunk := make([]byte, 1<<20); err == nil; {
		if _, err = f.Write(chunk); err == nil {
			fmt.Println("writing")
		}
	}
	return err
}

// child returns such a writer, which ends with this process at the latest.
func child(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	writer := exec.CommandContext(t.Context(), "/proc/self/exe")
	writer.Env = append(os.Environ(), writerDir+"="+path)
	writer.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return writer
}

// A killed writer leaves no backup, only an unfinished file, which the next writer removes once it is old.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d := dir.New(path)
	writer := child(t, path)
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "writing\n" {
		t.Errorf("%q, %v", line, err)
	}
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Wait() // it was killed
	left := names(t, path)
	if len(left) != 1 || !strings.HasPrefix(left[0], ".") {
		t.Fatalf("it left %v", left)
	}
	if got := listed(t, d); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
	store(t, d, "a", "whole") // the name is free
	at := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(path, left[0]), at, at); err != nil {
		t.Fatal(err)
	}
	store(t, d, "b", "")
	if diff := cmp.Diff([]string{"a", "b"}, names(t, path)); diff != "" {
		t.Error(diff)
	}
}

// mount returns a directory on its own file system of 1 MiB. It needs root and the right to mount.
func mount(t *testing.T) (path string) {
	t.Helper()
	path = t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("what a really full or read-only disk does is left out: mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return path
}

// full checks that an error says that the directory is full.
func full(t *testing.T, what string, err error, path string) {
	t.Helper()
	if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrStorageFull || !strings.Contains(r.Detail, path) {
		t.Errorf("%s: %v", what, err)
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := mount(t)
	d := dir.New(path)
	store(t, d, "kept", "text")
	for _, end := range []string{"commit", "discard"} {
		f, err := d.Create(t.Context(), end)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write(make([]byte, 2<<20))
		full(t, "write", err, path)
		_, err = f.Write([]byte("x"))
		full(t, "another write", err, path)
		if end == "commit" {
			full(t, "commit", f.Commit(), path)
		}
		if err := f.Discard(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"kept"}, names(t, path)); diff != "" {
			t.Errorf("after a %s: %s", end, diff)
		}
	}
	store(t, d, "more", strings.Repeat("x", 500<<10)) // there is room again
}

func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	path := mount(t)
	d := dir.New(path)
	store(t, d, "kept", "text")
	if err := syscall.Mount("", path, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err := d.Create(t.Context(), "a")
	full(t, "create", err, path)
	full(t, "remove", d.Remove(t.Context(), "kept"), path)
	if diff := cmp.Diff([]string{"kept"}, listed(t, d)); diff != "" {
		t.Error(diff)
	}
}

// A directory that the program may not write to is refused with a text that says so. It is a child that is not root,
// since root may write everywhere.
func TestPermissions(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		path := t.TempDir()
		if err := os.Chmod(path, 0o500); err != nil {
			t.Fatal(err)
		}
		_, err := dir.New(path).Create(t.Context(), "a")
		unwritable(t, fmt.Sprint(err), path)
		return
	}
	path := "/"
	writer := child(t, path)
	writer.SysProcAttr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}
	out, _ := writer.Output() // it ends with an error, which it writes
	unwritable(t, string(out), path)
}

func unwritable(t *testing.T, text, path string) {
	t.Helper()
	if !strings.Contains(text, path+" cannot be read and written") {
		t.Errorf("got %s", text)
	}
}
