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

// Remove removes a file that is closed, and what SQLite puts beside it, so far as they are there.
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

// Settle sees to it that a file that was closed is on the disk, and has no log any more that would be taken for that of
// another file under its name. Errors: a Refusal of kind ErrUnavailable if it has one: it did not fit into the file, or
// somebody else has that open.
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

// Replace puts a file in the place of the one at path, which it keeps under another name of the same directory. Both
// have to be settled. Whenever the process or the power ends, one of the two is at path. If it fails, it is the old one.
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

// moveFile renames a file if it is there.
func moveFile(from, to string) error {
	if err := os.Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// besides are the endings of what stands next to a file, the file itself being the last.
var besides = []string{"-wal", "-shm", "-journal", commitsEnding, ""}

// SetAside gives a file that is closed, and all that stands next to it, other names that begin with kept, so far as they are
// there. PutBack(path, kept) is not its reverse: ReturnAside is.
func SetAside(path, kept string) error {
	for _, ending := range besides {
		if err := moveFile(path+ending, kept+ending); err != nil {
			return errors.Join(openErr(path, err), ReturnAside(path, kept))
		}
	}
	return openErrOf(path, syncFile(filepath.Dir(path)))
}

// ReturnAside undoes a SetAside, in whose place there is nothing worth keeping.
func ReturnAside(path, kept string) error {
	if _, err := os.Lstat(kept); err == nil {
		if err := Remove(path); err != nil {
			return openErr(path, err)
		}
	}
	for _, ending := range besides {
		if err := moveFile(kept+ending, path+ending); err != nil {
			return openErr(path, err)
		}
	}
	return openErrOf(path, syncFile(filepath.Dir(path)))
}

// KeepWAL copies the log of the file at path, which nobody has open, unless there is a copy already, and returns the name of
// the copy.
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

// openErrOf is openErr for an error that there may not be.
func openErrOf(path string, err error) error {
	if err == nil {
		return nil
	}
	return openErr(path, err)
}

// PutBack undoes a Replace whose new file is closed, and was not written to since.
func PutBack(path, kept string) error {
	// What is left of the new file's log would be applied to the old one.
	if err := errors.Join(removeBeside(path), syncFile(filepath.Dir(path))); err != nil {
		return openErr(path, err)
	}
	if err := os.Rename(kept, path); err != nil {
		return openErr(path, err)
	}
	return syncFile(filepath.Dir(path))
}
