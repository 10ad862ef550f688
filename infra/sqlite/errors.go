// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/tempskv/tempskv/handlers/kv"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Err wraps an error of SQLite or database/sql, except one of COMMIT, with an error of package kv: ErrStorageFull,
// ErrUnavailable, ErrTimeout or ErrDamaged. The transaction was or will be rolled back. Errors that only a bug can
// cause (a constraint, bad SQL) and sql.ErrNoRows are returned unchanged.
func Err(err error) error {
	kind := kindOf(err)
	if kind == nil {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// coded is an error with a code of SQLite, from the driver or package sums.
type coded interface {
	error
	Code() int
}

// CommitErr is Err for an error of COMMIT. To the running process, such a transaction is undone. But unless writing the
// log failed, the log may hold all of it, and a restart after a crash would find it there: ErrOutcomeUnknown.
func CommitErr(err error) error {
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_IOERR_WRITE || e.Code()&0xff == sqlite3.SQLITE_FULL):
		return Err(err)
	}
	return fmt.Errorf("%w: %w", kv.ErrOutcomeUnknown, err)
}

// kindOf returns the matching sentinel, or nil if err is one already or none matches.
func kindOf(err error) error {
	var e coded
	switch {
	case err == nil, errors.Is(err, kv.ErrDamaged):
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return kv.ErrTimeout
	case errors.Is(err, sql.ErrConnDone):
		return kv.ErrUnavailable
	case errors.As(err, &e):
		if e.Code() == sqlite3.SQLITE_ERROR && strings.Contains(e.Error(), "no such table: ") {
			return errDamaged() // the program asks for none that its migrations did not make
		}
		return kindOfCode(e.Code())
	}
	return nil
}

// kindOfCode reads extended result codes. See https://www.sqlite.org/rescode.html.
func kindOfCode(code int) error {
	switch code {
	case sqlite3.SQLITE_IOERR_WRITE: // ENOSPC is SQLITE_FULL; this is a quota or a limit on the size of files
		return kv.ErrStorageFull
	case sqlite3.SQLITE_IOERR_SHMSIZE:
		return kv.ErrStorageFull
	case sqlite3.SQLITE_IOERR_DATA, sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_SHORT_READ:
		return errDamaged()
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return kv.ErrStorageFull
	case sqlite3.SQLITE_READONLY:
		return kv.Refuse(kv.ErrUnavailable, "the data directory is read-only: make it writable")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA:
		return errDamaged()
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_NOMEM:
		return kv.ErrUnavailable
	}
	return nil
}

// IsDamaged reports whether an error means that the content of the file differs from what was written.
func IsDamaged(err error) bool { return errors.Is(Err(err), kv.ErrDamaged) }

func errDamaged() error {
	return kv.Refuse(kv.ErrDamaged, "the stored data are damaged: they differ from what was written, and are not returned; "+
		"restore a backup with tempskv backup restore ID --replace")
}

// openErr adds to an error of Open what its caller needs to fix it.
func openErr(path string, err error) error {
	var file *fs.PathError
	var e coded
	const notWritable = "%s cannot be written: give the user that runs tempskv write access to it and its directory"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(Err(err), kv.ErrStorageFull):
		full := kv.Refuse(kv.ErrStorageFull, "the disk that holds %s is full: make room on it", path)
		return fmt.Errorf("%w: %w", full, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return refuseFile(err, notWritable, path)
	case errors.Is(err, fs.ErrNotExist):
		return refuseFile(err, "%s cannot be made: its directory is not there", path)
	case errors.As(err, &file):
		return refuseFile(err, "%s cannot be opened: it has to be a file", path)
	case !errors.As(err, &e):
		return Err(err)
	}
	if errors.Is(Err(err), kv.ErrDamaged) || e.Code() == sqlite3.SQLITE_CONSTRAINT_CHECK { // by a migration that compares
		return refuseFile(err, "%s is damaged or no SQLite file: restore it from a backup", path)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return refuseFile(err, notWritable, path)
	}
	return Err(err)
}

// refuseFile returns the detail for the caller and keeps the error for the log.
func refuseFile(err error, detail, path string) error {
	return fmt.Errorf("%w: %w", kv.Refuse(kv.ErrUnavailable, detail, path), err)
}
