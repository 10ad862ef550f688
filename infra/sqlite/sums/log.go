// SPDX-License-Identifier: Apache-2.0

package sums

import (
	"encoding/binary"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite writes each frame of a log in two pieces, with a call of the system for each. A connection that writes gathers them,
// and writes many frames at once: when room is full, with the frame that commits, and before anything else is done with the
// file. So whatever a commit needs is in the file before SQLite syncs it or shows it to others.

const (
	// frameHeader is the length of the header of a frame, in bytes.
	frameHeader = 24
	// gathered is how much is gathered, in bytes: SQLite's own layer takes less than 128 KiB at once.
	gathered = 30 * (frameHeader + PageSize)
)

// logFile is what SQLite knows a log by. The file of the layer below lies behind it.
type logFile struct {
	file
	room   uintptr // of gathered bytes, 0 until something was written
	length uintptr // of what is in it
	offset int64   // where that goes in the file
	commit uintptr // 1 if the next piece completes a transaction
}

// fillLogMethods makes all methods write what is gathered before they pass on what they are asked.
func fillLogMethods(m *sqlite3.Tsqlite3_io_methods) {
	fillMethods(m)
	type methods = sqlite3.Tsqlite3_io_methods
	set(&m.FxWrite, logWrite)
	set(&m.FxRead, func(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
		if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
			return rc
		}
		inner, m := below(f)
		return method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxRead)(tls, inner, buffer, n, offset)
	})
	set(&m.FxTruncate, func(tls *libc.TLS, f uintptr, size int64) int32 {
		if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
			return rc
		}
		return askWith(tls, f, size, func(m *methods) uintptr { return m.FxTruncate })
	})
	set(&m.FxSync, func(tls *libc.TLS, f uintptr, n int32) int32 {
		if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
			return rc
		}
		return askWith(tls, f, n, func(m *methods) uintptr { return m.FxSync })
	})
	set(&m.FxFileSize, func(tls *libc.TLS, f, to uintptr) int32 {
		if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
			return rc
		}
		return askWith(tls, f, to, func(m *methods) uintptr { return m.FxFileSize })
	})
	set(&m.FxClose, func(tls *libc.TLS, f uintptr) int32 {
		rc := writeGathered(tls, f)
		libc.Xfree(tls, at[logFile](f).room)
		at[logFile](f).room = 0
		if closed := ask(tls, f, func(m *methods) uintptr { return m.FxClose }); rc == sqlite3.SQLITE_OK {
			rc = closed
		}
		return rc
	})
}

// logWrite gathers what is to be written.
func logWrite(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	l := at[logFile](f)
	if l.length > 0 && (offset != l.offset+int64(l.length) || l.length+uintptr(n) > gathered) {
		if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if l.room == 0 {
		l.room = libc.Xmalloc(tls, gathered)
	}
	if l.room == 0 || n > gathered {
		return writeLog(tls, f, buffer, n, offset)
	}
	if l.length == 0 {
		l.offset = offset
	}
	piece := unsafe.Slice(at[byte](buffer), n)
	copy(unsafe.Slice(at[byte](l.room+l.length), n), piece)
	l.length += uintptr(n)
	if n == frameHeader {
		l.commit = 0
		if binary.BigEndian.Uint32(piece[4:]) != 0 {
			l.commit = 1
		}
		return sqlite3.SQLITE_OK
	}
	if l.commit != 0 {
		l.commit = 0
		return writeGathered(tls, f)
	}
	return sqlite3.SQLITE_OK
}

// writeGathered writes what is gathered. After an error it is gone: SQLite undoes the transaction.
func writeGathered(tls *libc.TLS, f uintptr) int32 {
	l := at[logFile](f)
	n := int32(l.length)
	if n == 0 {
		return sqlite3.SQLITE_OK
	}
	l.length = 0
	return writeLog(tls, f, l.room, n, l.offset)
}

func writeLog(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	inner, m := below(f)
	return method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxWrite)(tls, inner, buffer, n, offset)
}
