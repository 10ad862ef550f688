// SPDX-License-Identifier: Apache-2.0

package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tempskv/tempskv/handlers/kv"
)

// over returns ErrTimeout once ctx has ended.
func over(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("backup: %w: %w", kv.ErrTimeout, err)
	}
	return nil
}

// canBeMade reports whether Create would make the directory.
func (d *Files) canBeMade() bool {
	parent, err := os.Stat(filepath.Dir(d.path))
	return err == nil && parent.IsDir()
}

// isFile reports whether something else is at the path of the directory.
func (d *Files) isFile() bool {
	info, err := os.Stat(d.path)
	return err == nil && !info.IsDir() || errors.Is(err, syscall.ENOTDIR)
}

// explain turns an error of the file system into a Refusal that says what to check, and keeps it for the log.
func (d *Files) explain(err error) error {
	kind, detail := kv.ErrUnavailable, ""
	var refusal *kv.Refusal
	switch {
	case errors.As(err, &refusal):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		kind, detail = kv.ErrStorageFull, "there is no room for the backup in %s: make room on that disk, or name another directory"
	case errors.Is(err, syscall.EROFS):
		kind, detail = kv.ErrStorageFull, "%s is on a read-only file system: make it writable, or name another directory"
	case errors.Is(err, fs.ErrPermission):
		detail = "%s cannot be read and written: give the user that runs tempskv access to it and to the directory that it is in"
	case d.isFile():
		detail = "%s is not a directory: backups are kept in one"
	case errors.Is(err, fs.ErrNotExist) && !d.canBeMade():
		detail = "%s cannot be made: the directory that it is to be in is not there"
	case errors.Is(err, fs.ErrNotExist):
		detail = "%s was removed while it was in use: check who else tidies up there"
	default:
		detail = "%s cannot be used: check the disk that it is on"
	}
	return fmt.Errorf("%w: %w", kv.Refuse(kind, detail, d.path), err)
}
