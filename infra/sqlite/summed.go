// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/infra/sqlite/sums"
)

// OpenSummed is Open for a file with a checksum in each page, which releases space on request (PRAGMA
// incremental_vacuum). Reading a damaged page returns an error. A file made by Open is copied into one with checksums,
// and kept as the copy that Open makes. No other program may write to such a file.
func OpenSummed(ctx context.Context, path string, migrations []string) (*DB, error) {
	return openFile(ctx, path, migrations, opening{mayBeNew: true, summed: true})
}

// OpenExistingSummed is OpenExisting for OpenSummed.
func OpenExistingSummed(ctx context.Context, path string, migrations []string) (*DB, error) {
	return openFile(ctx, path, migrations, opening{summed: true})
}

// sumSuffix is the suffix of a file with checksums that is being made.
const sumSuffix = ".sums.tmp"

// addSums converts a closed file into one with checksums, unless it has them or is damaged, and returns the path of the
// old file if it converted it. If the process ends at any moment, the file is the old or the new one.
func addSums(ctx context.Context, path string, known int, mayBeNew bool) (kept string, err error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	made := real + sumSuffix
	if err := Remove(made); err != nil {
		return "", err
	}
	header, err := headerOf(real)
	switch {
	case err != nil:
		return "", err
	case header == nil:
		if err := errors.Join(removeBeside(real), makeOwn(made, sums.Make)); err != nil {
			return "", errors.Join(err, Remove(made))
		}
		return "", errors.Join(os.Rename(made, real), syncFile(filepath.Dir(real)))
	case !plain(header):
		if takenOver(real) {
			return "", seal(real)
		}
		return "", nil
	}
	format, err := formatOf(ctx, real)
	switch {
	case err != nil:
		return "", err
	case format == 0 && !mayBeNew:
		return "", gone(path)
	case format > known:
		return "", tooNew(path, format, known)
	}
	err = makeOwn(made, func(made string) error { return sums.Copy(real, made) })
	if err := errors.Join(err, Settle(real)); err != nil {
		return "", fmt.Errorf("copy %s before it is changed: %w", path, errors.Join(err, Remove(made)))
	}
	kept = copyName(real, format)
	if err := Replace(real, made, kept); err != nil {
		return "", errors.Join(err, Remove(made))
	}
	return kept, pruneCopies(real)
}

// makeOwn calls f to write a file that only its owner can read, and syncs it.
func makeOwn(path string, f func(path string) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Close(), f(path)); err != nil {
		return err
	}
	return syncFile(path)
}

// headerOf returns the header of a file, nil if it is empty. It must not be called while SQLite has the file open.
func headerOf(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header := make([]byte, 100)
	switch n, err := io.ReadFull(file, header); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return header, nil
	default:
		return header, err
	}
}

// seal adds checksums to the pages that another program, such as sqlite3, moved from the log of a killed process into
// the file: SQLite leaves the space for them empty.
func seal(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	page, pages := make([]byte, sums.PageSize), bufio.NewReaderSize(file, 1<<20)
	for offset := int64(0); ; offset += sums.PageSize {
		_, err := io.ReadFull(pages, page)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return file.Sync()
		}
		if room := page[sums.PageSize-sums.Reserved:]; err == nil && zero(room) && !zero(page) {
			sums.Seal(page, offset)
			_, err = file.WriteAt(room, offset+sums.PageSize-sums.Reserved)
		}
		if err != nil {
			return err
		}
	}
}

// plain reports whether a header is that of a file without checksums: no bytes are reserved, and there is no mark. A
// single damaged byte does not change the result.
func plain(header []byte) bool {
	return bytes.HasPrefix(header, []byte("SQLite format 3\x00")) && header[20] == 0 && binary.BigEndian.Uint32(header[68:]) == 0
}

// formatOf returns the format of a file without checksums, including its log.
func formatOf(ctx context.Context, path string) (format int, err error) {
	db, err := pool(path, "", 1)
	if err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&format)
	return format, errors.Join(err, db.Close())
}

// CheckURI returns parameters to append to an SQLite URI, so that the checksums of the file, which no process has open,
// are verified if all pages have one.
func CheckURI(path string) (string, error) {
	header, err := headerOf(path)
	if err != nil || header == nil || plain(header) || takenOver(path) {
		return "", err
	}
	return "&vfs=" + sums.VFS, sums.Register()
}
