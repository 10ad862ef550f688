// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	// socketsDir is the directory in the data directory that has one for the socket of each installation.
	socketsDir = "podman"
	// socketDest is where that of an installation is in its container.
	socketDest = "/run/tempskv"
	socketFile = "redis.sock"
)

// socketDir returns the directory of the socket of an installation.
func (e *Engine) socketDir(i installation) string {
	return filepath.Join(e.socketsDir(), strconv.Itoa(i.Number))
}

func (e *Engine) socketsDir() string {
	dir, err := filepath.Abs(e.cfg.Dir)
	if err != nil { // there is no current directory
		dir = e.cfg.Dir
	}
	return filepath.Join(dir, socketsDir)
}

// makeSocketDir makes a directory in which the user of the server, whose number podman may map to any other, can make a
// socket. The one around it keeps all others out.
func makeSocketDir(dir string) error {
	for path, mode := range map[string]fs.FileMode{filepath.Dir(dir): 0o700, dir: 0o777} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		if err := os.Chmod(path, mode); err != nil { // not subject to the umask
			return err
		}
	}
	return nil
}

// removeSockets removes the directories of all installations but those whose names are to keep.
func (t *task) removeSockets(keep ...string) error {
	parent := t.engine.socketsDir()
	all, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, one := range all {
		number, _ := strconv.Atoi(one.Name())
		if slices.Contains(keep, installation{Number: number}.name(t.record.Owner)) {
			continue
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(parent, one.Name())))
	}
	if err == nil && len(keep) == 0 {
		err = os.Remove(parent)
	}
	return err
}

// longestPath is the length of the longest path that the address of a Unix socket holds, in bytes. See unix(7).
const longestPath = 107

// shorten returns a path of a socket that fits into an address, and what has to stay open as long as it is used.
func shorten(path string) (string, *os.File) {
	if len(path) <= longestPath || !strings.HasPrefix(path, "/") {
		return path, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return path, nil // which cannot be connected to, and says so
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), dir
}
