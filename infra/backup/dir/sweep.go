// SPDX-License-Identifier: Apache-2.0

package dir

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// unfinished begins the names of files that are being written.
	unfinished = ".tempskv-"
	// silent is how long such a file of another machine must be unchanged before its writer counts as gone.
	silent = time.Hour
	// abandoned is the same for any writer, with a lock or without.
	abandoned = 24 * time.Hour
)

// machine marks the files of this machine, where all processes see a lock.
var machine = sync.OnceValue(func() string {
	host, _ := os.Hostname()
	id, _ := os.ReadFile("/etc/machine-id") // may not exist
	sum := sha256.Sum256([]byte(host + "\n" + string(id)))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
})

// errLost means that a temporary file was removed before its writer locked it.
var errLost = errors.New("a temporary file was removed at once")

// temporary creates a file to write to, and holds a lock on it as long as it is open.
func temporary(root *os.Root) (*os.File, string, error) {
	for range 10 {
		s := unfinished + machine() + "-" + rand.Text()
		f, err := root.OpenFile(s, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, "", err
		}
		if !errors.Is(lock(f), syscall.EWOULDBLOCK) && there(root, s, f) {
			return f, s, nil
		}
		_ = f.Close()
		_ = root.Remove(s)
	}
	return nil, "", errLost
}

// lock takes the lock of a file. Errors: EWOULDBLOCK if another holds it; others on a file system without locks.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// there reports whether the name is still that of the file.
func there(root *os.Root, s string, f *os.File) bool {
	named, err := root.Lstat(s)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && os.SameFile(named, info)
}

// Sweep removes the unfinished files of writers that have ended: those of this machine hold no lock any more, and those
// of others have not written for an hour.
func (d *Files) Sweep(ctx context.Context) error {
	if err := over(ctx); err != nil {
		return err
	}
	root, err := d.open()
	if root == nil {
		return err
	}
	defer root.Close()
	if err := sweep(root, removeReleased); err != nil {
		return d.explain(err)
	}
	return nil
}

// sweep removes the files of writers that have ended, by remove, which leaves those of others.
func sweep(root *os.Root, remove func(*os.Root, fs.FileInfo) error) error {
	infos, err := list(root, func(s string) bool { return strings.HasPrefix(s, unfinished) })
	if err != nil {
		return err
	}
	for _, info := range infos {
		if err := remove(root, info); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// removeOld removes a file that has not been written for a day. A time in the future comes from a wrong clock.
func removeOld(root *os.Root, info fs.FileInfo) error {
	if age(info) < abandoned {
		return nil
	}
	return root.Remove(info.Name())
}

func age(info fs.FileInfo) time.Duration { return time.Since(info.ModTime()).Abs() }

// removeReleased removes a file whose writer no longer holds its lock. It keeps the lock until then: a writer that has
// created the file and not yet locked it must not lock what is about to go.
func removeReleased(root *os.Root, info fs.FileInfo) error {
	mark, _, marked := strings.Cut(strings.TrimPrefix(info.Name(), unfinished), "-")
	if !marked || mark != machine() && age(info) < silent {
		return removeOld(root, info)
	}
	f, err := root.Open(info.Name())
	if err != nil {
		return err
	}
	defer f.Close()
	switch err := lock(f); {
	case err == nil:
		return root.Remove(info.Name())
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil
	}
	return removeOld(root, info) // a file system without locks does not say whether there is a writer
}
