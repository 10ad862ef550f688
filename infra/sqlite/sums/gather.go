// SPDX-License-Identifier: Apache-2.0

package sums

import (
	"encoding/binary"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite writes each frame of a log in two pieces, with a call of the system for each. A connection that writes gathers pieces that
// follow one another, and writes many at once: when there is no room for more, with the frame that completes a transaction, and
// before anything else is done with the log. So all of a transaction is in the log before SQLite syncs it or shows it to other
// connections, and an error fails the transaction. No other process writes to the log.

const (
	// frameHeader is the length of the header of a frame of a log, in bytes.
	frameHeader = 24
	// maxGathered is how much is gathered, in bytes: SQLite's own layer takes less than 128 KiB at once.
	maxGathered = 31 * (frameHeader + PageSize)
)

// gather gathers a piece that is to be written, or writes it if that is not possible.
func gather(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	g := at[file](f)
	if g.gathered > 0 && (offset != g.offset+int64(g.gathered) || g.gathered+uintptr(n) > maxGathered) {
		if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if g.room == 0 {
		g.room = libc.Xmalloc(tls, maxGathered)
	}
	if g.room == 0 || n > maxGathered {
		return writeNow(tls, f, buffer, n, offset)
	}
	if g.gathered == 0 {
		g.offset = offset
	}
	copy(unsafe.Slice(at[byte](g.room+g.gathered), n), unsafe.Slice(at[byte](buffer), n))
	g.gathered += uintptr(n)
	return sqlite3.SQLITE_OK
}

// writeGathered writes what is gathered. After an error that is gone: SQLite undoes the transaction.
func writeGathered(tls *libc.TLS, f uintptr) int32 {
	g := at[file](f)
	if g.gathered == 0 {
		return sqlite3.SQLITE_OK
	}
	n := int32(g.gathered)
	g.gathered = 0
	return writeNow(tls, f, g.room, n, g.offset)
}

// writeNow has the layer below write.
func writeNow(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	inner, m := below(f)
	return method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxWrite)(tls, inner, buffer, n, offset)
}

// writeLog gathers a piece of a log, and writes what is gathered with the last piece of a transaction: the page behind a
// header that says how many pages the database then has. A header that SQLite writes again, since its transaction has changed
// the page twice, is not followed by a page. SQLite has read the page before.
func writeLog(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	g := at[file](f)
	again, completes := g.hasRead != 0 && n == frameHeader, g.completes != 0
	g.hasRead, g.completes = 0, 0
	if n == frameHeader && binary.BigEndian.Uint32(unsafe.Slice(at[byte](buffer), n)[4:]) != 0 {
		g.completes = 1
	}
	if again {
		return writeNow(tls, f, buffer, n, offset)
	}
	if rc := gather(tls, f, buffer, n, offset); rc != sqlite3.SQLITE_OK || n == frameHeader || !completes {
		return rc
	}
	return writeGathered(tls, f)
}

// readLog reads from a log.
func readLog(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
		return rc
	}
	at[file](f).hasRead = 1
	inner, m := below(f)
	return method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxRead)(tls, inner, buffer, n, offset)
}

// closeFile closes a file.
func closeFile(tls *libc.TLS, f uintptr) int32 {
	rc := writeGathered(tls, f)
	if g := at[file](f); g.room != 0 {
		libc.Xfree(tls, g.room)
		g.room = 0
	}
	closed := ask(tls, f, func(m *sqlite3.Tsqlite3_io_methods) uintptr { return m.FxClose })
	if rc != sqlite3.SQLITE_OK {
		return rc
	}
	return closed
}
