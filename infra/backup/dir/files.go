// SPDX-License-Identifier: Apache-2.0

// Package dir keeps backups in a directory. Package backup imports it.
package dir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/name"
)

// Files are the backups in one directory. Symbolic links in it are ignored.
type Files struct{ path string }

var _ archive.Files = (*Files)(nil)

// New returns the backups in the directory. The first Create makes it, with mode 0700, if it does not exist; its parent
// must exist.
func New(path string) *Files { return &Files{path} }

// String returns the path of the directory.
func (d *Files) String() string { return d.path }

// Create begins a file of that name, with mode 0600, which can be written until ctx ends. It removes unfinished files
// that are more than a day old. Errors: those of archive.Files; ErrConflict if there is such a file.
func (d *Files) Create(ctx context.Context, s string) (archive.File, error) {
	if err := d.check(ctx, s); err != nil {
		return nil, err
	}
	if err := d.make(); err != nil {
		return nil, d.explain(err)
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, d.explain(err)
	}
	f, err := d.begin(root, s)
	if err != nil {
		_ = root.Close() // nothing was written
		return nil, d.explain(err)
	}
	f.ctx = ctx
	return f, nil
}

// make makes the directory if it does not exist.
func (d *Files) make() error {
	err := os.Mkdir(d.path, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return syncDir(os.Open, filepath.Dir(d.path))
}

func (d *Files) begin(root *os.Root, s string) (*file, error) {
	if err := sweep(root, removeOld); err != nil {
		return nil, err
	}
	if _, err := root.Lstat(s); err == nil {
		return nil, name.Taken(s, d.path)
	}
	f, temporary, err := temporary(root)
	if err != nil {
		return nil, err
	}
	return &file{files: d, root: root, f: f, name: s, temporary: temporary}, nil
}

// list returns the regular files in the directory whose name is wanted.
func list(root *os.Root, wanted func(string) bool) ([]fs.FileInfo, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		if !e.Type().IsRegular() || !wanted(e.Name()) {
			continue
		}
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was removed meanwhile
		case err != nil:
			return nil, err
		default:
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// Open opens a file, which can be read until ctx ends. Errors: those of archive.Files.
func (d *Files) Open(ctx context.Context, s string) (io.ReadCloser, error) {
	var f *os.File
	err := d.within(ctx, s, func(root *os.Root) (err error) {
		f, err = root.Open(s)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case f == nil:
		return nil, kv.ErrBackupNotFound
	}
	return &reader{d, ctx, f}, nil
}

// Remove removes a file, if there is one of that name.
func (d *Files) Remove(ctx context.Context, s string) error {
	return d.within(ctx, s, func(root *os.Root) error { return root.Remove(s) })
}

// within calls f if there is a regular file of that name. One that is removed meanwhile counts as missing.
func (d *Files) within(ctx context.Context, s string, f func(root *os.Root) error) error {
	if err := d.check(ctx, s); err != nil {
		return err
	}
	root, err := d.open()
	if root == nil {
		return err
	}
	defer root.Close()
	info, err := root.Lstat(s)
	if err == nil && info.Mode().IsRegular() {
		err = f(root)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return d.explain(err)
}

// List returns the files that are complete, in any order.
func (d *Files) List(ctx context.Context) ([]archive.FileInfo, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	root, err := d.open()
	if root == nil {
		return nil, err
	}
	defer root.Close()
	infos, err := list(root, name.Valid)
	if err != nil {
		return nil, d.explain(err)
	}
	files := make([]archive.FileInfo, len(infos))
	for i, info := range infos {
		files[i] = archive.FileInfo{Name: info.Name(), Size: info.Size(), Modified: info.ModTime()}
	}
	return files, nil
}

func (d *Files) check(ctx context.Context, s string) error {
	if err := name.Check(s); err != nil {
		return err
	}
	return over(ctx)
}

// open returns the directory, nil if nothing was ever written to it.
func (d *Files) open() (*os.Root, error) {
	root, err := os.OpenRoot(d.path)
	if err == nil {
		return root, nil
	}
	if errors.Is(err, fs.ErrNotExist) && d.canBeMade() {
		return nil, nil
	}
	return nil, d.explain(err)
}
