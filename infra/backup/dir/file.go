// SPDX-License-Identifier: Apache-2.0

package dir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/tempskv/tempskv/infra/backup/name"
)

// file is a backup that is being written, under a temporary name.
type file struct {
	files           *Files
	ctx             context.Context // of Create: a writer has no other
	root            *os.Root
	f               *os.File
	name, temporary string
	failed          error // the error of a write: the file can then never be complete
	ended           bool
}

// Write appends to the file.
func (f *file) Write(p []byte) (n int, err error) {
	switch {
	case f.ended:
		return 0, fs.ErrClosed
	case f.failed == nil:
		f.failed = over(f.ctx)
	}
	if f.failed != nil {
		return 0, f.failed
	}
	if n, err = f.f.Write(p); err != nil {
		f.failed = f.files.explain(err)
	}
	return n, f.failed
}

// Commit gives the file its name, once it is on the disk. If it fails, there is no file. Errors: ErrConflict if there is
// a file of that name by now.
func (f *file) Commit() error {
	switch {
	case f.ended:
		return fs.ErrClosed
	case f.failed == nil:
		f.failed = over(f.ctx)
	}
	if f.failed != nil {
		return errors.Join(f.failed, f.Discard())
	}
	f.ended = true
	defer f.root.Close()
	defer f.f.Close() // releases the lock, which keeps Sweep off the temporary name
	if err := f.f.Sync(); err != nil {
		return f.files.explain(errors.Join(err, f.root.Remove(f.temporary)))
	}
	if err := f.rename(); err != nil {
		return f.files.explain(errors.Join(err, f.root.Remove(f.temporary)))
	}
	if err := syncDir(f.root.Open, "."); err != nil {
		return f.files.explain(errors.Join(err, f.root.Remove(f.name)))
	}
	return nil
}

// rename gives the file its name, which must be free. A link does that in one step; on a file system without links,
// of two backups written under the same name at the same moment one replaces the other.
func (f *file) rename() error {
	err := f.root.Link(f.temporary, f.name)
	switch {
	case err == nil:
		_ = f.root.Remove(f.temporary) // else a later Create does
		return nil
	case errors.Is(err, fs.ErrExist):
		return name.Taken(f.name, f.files.path)
	case !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EPERM):
		return err
	}
	if _, err := f.root.Lstat(f.name); err == nil {
		return name.Taken(f.name, f.files.path)
	}
	return f.root.Rename(f.temporary, f.name)
}

// Discard removes the file. After Commit it does nothing.
func (f *file) Discard() error {
	if f.ended {
		return nil
	}
	f.ended = true
	defer f.root.Close()
	defer f.f.Close() // unwritten data do not matter
	if err := f.root.Remove(f.temporary); err != nil {
		return f.files.explain(err)
	}
	return nil
}

// syncDir makes the names in a directory survive a loss of power.
func syncDir(open func(name string) (*os.File, error), path string) error {
	self, err := open(path)
	if err != nil {
		return err
	}
	return errors.Join(self.Sync(), self.Close())
}

// reader is a backup that is being read.
type reader struct {
	files *Files
	ctx   context.Context // of Open: a reader has no other
	f     *os.File
}

func (r *reader) Read(p []byte) (int, error) {
	if err := over(r.ctx); err != nil {
		return 0, err
	}
	n, err := r.f.Read(p)
	if err != nil && err != io.EOF {
		err = r.files.explain(err)
	}
	return n, err
}

func (r *reader) Close() error { return r.f.Close() }
