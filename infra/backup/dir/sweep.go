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
		if held(f) && there(root, s, f) {
			return f, s, nil
		}
		_ = f.Close()
		_ = root.Remove(s)
	}
	return nil, "", errLost
}

// held takes the lock of a file, and reports false if another holds it. On a file system without locks it reports true.
func held(f *os.File) bool {
	return !errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

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
	if err := sweep(root, released); err != nil {
		return d.explain(err)
	}
	return nil
}

// sweep removes the files of writers that have ended.
func sweep(root *os.Root, gone func(*os.Root, fs.FileInfo) (bool, error)) error {
	infos, err := list(root, func(s string) bool { return strings.HasPrefix(s, unfinished) })
	if err != nil {
		return err
	}
	for _, info := range infos {
		left, err := gone(root, info)
		if err == nil && left {
			err = root.Remove(info.Name())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// old reports whether the file has not been written for a day. A time in the future comes from a wrong clock.
func old(_ *os.Root, info fs.FileInfo) (bool, error) { return age(info) >= abandoned, nil }

func age(info fs.FileInfo) time.Duration { return time.Since(info.ModTime()).Abs() }

// released reports whether the writer of the file holds no lock any more.
func released(root *os.Root, info fs.FileInfo) (bool, error) {
	mark, _, marked := strings.Cut(strings.TrimPrefix(info.Name(), unfinished), "-")
	if !marked || mark != machine() && age(info) < silent {
		return old(root, info)
	}
	f, err := root.Open(info.Name())
	if err != nil {
		return false, err
	}
	defer f.Close()
	return held(f), nil
}
