// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Remove removes a closed file and the files of SQLite next to it, as far as they exist.
func Remove(path string) error { return errors.Join(removeBeside(path), removeFile(path)) }

func removeBeside(path string) error {
	return errors.Join(removeFile(path+"-wal"), removeFile(path+"-shm"), removeFile(path+"-journal"), removeFile(CommitsPath(path)))
}

func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Settle syncs a closed file and checks that it has no log, which would be taken for the log of another file with its
// name. Errors: a Refusal of kind ErrUnavailable if it has one: it did not fit into the file, or another program has
// the file open.
func Settle(path string) error {
	for _, log := range []string{path + "-wal", path + "-journal"} {
		if _, err := os.Lstat(log); err == nil {
			return kv.Refuse(kv.ErrUnavailable, "%s is still there although its file was closed: see that the disk has "+
				"room, and that no other program has the file open", log)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return openErr(path, err)
		}
	}
	if err := errors.Join(syncFile(path), syncFile(filepath.Dir(path))); err != nil {
		return openErr(path, err)
	}
	return nil
}

// Replace replaces the file at path with another one, and keeps the old one under another name in the same directory.
// Both must be settled. If the process or the power ends at any moment, one of the two is at path. After an error it is
// the old one.
func Replace(path, by, kept string) error {
	if err := errors.Join(removeFile(kept), os.Link(path, kept)); err != nil {
		return openErr(path, err)
	}
	if err := os.Rename(by, path); err != nil {
		return openErr(path, err)
	}
	if err := errors.Join(moveFile(CommitsPath(by), CommitsPath(path)), syncFile(filepath.Dir(path))); err != nil {
		return errors.Join(openErr(path, err), PutBack(path, kept))
	}
	return nil
}

// moveFile renames a file if it exists.
func moveFile(from, to string) error {
	if err := os.Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// suffixes are those of the files that belong to a database; the database itself, without one, comes last.
var suffixes = []string{"-wal", "-shm", "-journal", commitsSuffix, ""}

// SetAside renames a closed file and all files next to it, as far as they exist, to names that begin with kept.
// ReturnAside reverses it; PutBack does not.
func SetAside(path, kept string) error {
	for _, ending := range suffixes {
		if err := moveFile(path+ending, kept+ending); err != nil {
			return errors.Join(openErr(path, err), ReturnAside(path, kept))
		}
	}
	return openErrOf(path, syncFile(filepath.Dir(path)))
}

// ReturnAside reverses a SetAside if there is nothing worth keeping in its place.
func ReturnAside(path, kept string) error {
	if _, err := os.Lstat(kept); err == nil {
		if err := Remove(path); err != nil {
			return openErr(path, err)
		}
	}
	for _, ending := range suffixes {
		if err := moveFile(kept+ending, path+ending); err != nil {
			return openErr(path, err)
		}
	}
	return openErrOf(path, syncFile(filepath.Dir(path)))
}

// KeepWAL copies the log of the file at path, which no process has open, unless there is a copy already, and returns
// the name of the copy.
func KeepWAL(path string) (string, error) {
	name := path + "-wal.damaged"
	if _, err := os.Lstat(name); err == nil {
		return name, nil
	}
	from, err := os.Open(path + "-wal")
	if err != nil {
		return "", openErr(path, err)
	}
	defer from.Close()
	unfinished := name + ".tmp"
	to, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", openErr(path, err)
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Sync(), to.Close()); err == nil {
		err = os.Rename(unfinished, name)
	}
	if err != nil {
		return "", errors.Join(openErr(path, err), removeFile(unfinished))
	}
	return name, nil
}

// openErrOf is openErr, but returns nil for nil.
func openErrOf(path string, err error) error {
	if err == nil {
		return nil
	}
	return openErr(path, err)
}

// PutBack reverses a Replace. The new file is closed and was not written to.
func PutBack(path, kept string) error {
	// A remaining log of the new file would be applied to the old one.
	if err := errors.Join(removeBeside(path), syncFile(filepath.Dir(path))); err != nil {
		return openErr(path, err)
	}
	if err := os.Rename(kept, path); err != nil {
		return openErr(path, err)
	}
	return syncFile(filepath.Dir(path))
}
