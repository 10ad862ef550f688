// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// keptCopies is how many copies of a file are kept, those of the latest formats.
const keptCopies = 3

// copyName names the copy of a file that is made before the file leaves that format: data.db.v1 stands beside data.db.
func copyName(path string, format int) string { return fmt.Sprintf("%s.v%d", path, format) }

// copyFile keeps the file as it is, of that format, under the copy's name, in place of a copy of that format from
// before. The copy is whole, on the disk and its owner's alone before it bears the name. The caller holds the lock for
// writing, so that what it changes next is what was copied.
func (d *DB) copyFile(ctx context.Context, path string, format int) (string, error) {
	name := copyName(path, format)
	unfinished := name + ".tmp"
	for _, left := range []string{unfinished, unfinished + "-journal"} { // where a copy was cut off
		if err := os.RemoveAll(left); err != nil {
			return "", err
		}
	}
	if err := d.vacuumInto(ctx, path, unfinished); err != nil {
		return "", errors.Join(err, os.Remove(unfinished))
	}
	if err := os.Rename(unfinished, name); err != nil {
		return "", errors.Join(err, os.Remove(unfinished))
	}
	return name, errors.Join(syncFile(filepath.Dir(name)), pruneCopies(path))
}

// LogCopy tells where Open put a copy, if it made one.
func (d *DB) LogCopy(ctx context.Context, log *slog.Logger) {
	if d.Copy != "" {
		log.InfoContext(ctx, "a file of the version before was brought up to this one; what it was is kept", "copy", d.Copy)
	}
}

// vacuumInto writes what the file and its log hold into a new file, on a connection of its own: SQLite does not let one
// do that which has begun a transaction.
func (d *DB) vacuumInto(ctx context.Context, path, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite takes an empty file as a new one
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	db, err := pool(path, writerOf(d.vfs), 1)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncFile(to)
}

// syncFile has a file, or the names in a directory, survive a loss of power.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copies returns the formats that there are copies of beside the file, oldest first.
func copies(path string) []int {
	entries, _ := os.ReadDir(filepath.Dir(path)) // none are found where it cannot be read
	var formats []int
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+".v")
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 {
			formats = append(formats, n)
		}
	}
	slices.SortFunc(formats, cmp.Compare)
	return formats
}

// pruneCopies deletes all copies but those of the latest formats.
func pruneCopies(path string) error {
	formats := copies(path)
	var errs []error
	for _, format := range formats[:max(0, len(formats)-keptCopies)] {
		errs = append(errs, os.Remove(copyName(path, format)))
	}
	return errors.Join(errs...)
}

// latestCopy names the copy of the latest format that is at most newest, if there is one.
func latestCopy(path string, newest int) (name string, ok bool) {
	for _, format := range slices.Backward(copies(path)) {
		if format <= newest {
			return copyName(path, format), true
		}
	}
	return "", false
}
