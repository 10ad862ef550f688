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

// copyName returns the name of the copy that is made before the file leaves a format: data.db.v1 for data.db.
func copyName(path string, format int) string { return fmt.Sprintf("%s.v%d", path, format) }

// copyFile copies the file, which has that format, and replaces an earlier copy of the format. The copy is complete, on
// the disk and readable only by its owner before it gets its name. The caller holds the write lock, so the copy is what
// it changes next.
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

// LogCopy logs where Open put a copy, if it made one.
func (d *DB) LogCopy(ctx context.Context, log *slog.Logger) {
	if d.Copy != "" {
		log.InfoContext(ctx, "a file of an earlier version was upgraded; a copy is kept", "copy", d.Copy)
	}
}

// vacuumInto writes the content of the file and its log to a new file, on its own connection: SQLite does not allow
// this in a transaction.
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

// syncFile makes a file, or the names in a directory, survive a power loss.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copies returns the formats of the copies of the file, oldest first.
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

// pruneCopies deletes all copies except those of the latest formats.
func pruneCopies(path string) error {
	formats := copies(path)
	var errs []error
	for _, format := range formats[:max(0, len(formats)-keptCopies)] {
		errs = append(errs, os.Remove(copyName(path, format)))
	}
	return errors.Join(errs...)
}

// latestCopy returns the copy of the latest format up to newest, if there is one.
func latestCopy(path string, newest int) (name string, ok bool) {
	for _, format := range slices.Backward(copies(path)) {
		if format <= newest {
			return copyName(path, format), true
		}
	}
	return "", false
}
