// SPDX-License-Identifier: Apache-2.0

package sums

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// transfer reads from a file, or writes to it.
type transfer = func(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32

// fillMethods makes all methods but those that see to the sums pass on what they are asked, after what is gathered was written.
func fillMethods(m *sqlite3.Tsqlite3_io_methods, read, write transfer) {
	type methods = sqlite3.Tsqlite3_io_methods
	m.FiVersion = 3
	set(&m.FxRead, read)
	set(&m.FxWrite, write)
	set(&m.FxClose, closeFile)
	set(&m.FxFetch, fetch)
	set(&m.FxUnfetch, func(*libc.TLS, uintptr, int64, uintptr) int32 { return sqlite3.SQLITE_OK })
	set(&m.FxTruncate, func(tls *libc.TLS, f uintptr, size int64) int32 {
		return askWith(tls, f, size, func(m *methods) uintptr { return m.FxTruncate })
	})
	set(&m.FxFileControl, func(tls *libc.TLS, f uintptr, op int32, arg uintptr) int32 {
		if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
			return rc
		}
		inner, m := below(f)
		return method[func(*libc.TLS, uintptr, int32, uintptr) int32](m.FxFileControl)(tls, inner, op, arg)
	})
	set(&m.FxShmMap, func(tls *libc.TLS, f uintptr, region, size, extend int32, to uintptr) int32 {
		inner, m := below(f)
		return method[func(*libc.TLS, uintptr, int32, int32, int32, uintptr) int32](m.FxShmMap)(tls, inner, region, size, extend, to)
	})
	set(&m.FxShmLock, func(tls *libc.TLS, f uintptr, offset, n, flags int32) int32 {
		inner, m := below(f)
		return method[func(*libc.TLS, uintptr, int32, int32, int32) int32](m.FxShmLock)(tls, inner, offset, n, flags)
	})
	set(&m.FxShmBarrier, func(tls *libc.TLS, f uintptr) {
		inner, m := below(f)
		method[func(*libc.TLS, uintptr)](m.FxShmBarrier)(tls, inner)
	})
	set(&m.FxSectorSize, func(tls *libc.TLS, f uintptr) int32 {
		return ask(tls, f, func(m *methods) uintptr { return m.FxSectorSize })
	})
	set(&m.FxDeviceCharacteristics, func(tls *libc.TLS, f uintptr) int32 {
		// SQLite would read large values past its pages, and past the sums.
		return ask(tls, f, func(m *methods) uintptr { return m.FxDeviceCharacteristics }) &^ sqlite3.SQLITE_IOCAP_SUBPAGE_READ
	})
	set(&m.FxSync, func(tls *libc.TLS, f uintptr, n int32) int32 {
		return askWith(tls, f, n, func(m *methods) uintptr { return m.FxSync })
	})
	set(&m.FxLock, func(tls *libc.TLS, f uintptr, n int32) int32 {
		return askWith(tls, f, n, func(m *methods) uintptr { return m.FxLock })
	})
	set(&m.FxUnlock, func(tls *libc.TLS, f uintptr, n int32) int32 {
		return askWith(tls, f, n, func(m *methods) uintptr { return m.FxUnlock })
	})
	set(&m.FxShmUnmap, func(tls *libc.TLS, f uintptr, n int32) int32 {
		return askWith(tls, f, n, func(m *methods) uintptr { return m.FxShmUnmap })
	})
	set(&m.FxFileSize, func(tls *libc.TLS, f, to uintptr) int32 {
		return askWith(tls, f, to, func(m *methods) uintptr { return m.FxFileSize })
	})
	set(&m.FxCheckReservedLock, func(tls *libc.TLS, f, to uintptr) int32 {
		return askWith(tls, f, to, func(m *methods) uintptr { return m.FxCheckReservedLock })
	})
}

// ask calls a method of the layer below that takes the file alone.
func ask(tls *libc.TLS, f uintptr, which func(*sqlite3.Tsqlite3_io_methods) uintptr) int32 {
	inner, m := below(f)
	return method[func(*libc.TLS, uintptr) int32](which(m))(tls, inner)
}

// askWith calls a method of the layer below that takes one thing more, after what is gathered was written.
func askWith[T any](tls *libc.TLS, f uintptr, arg T, which func(*sqlite3.Tsqlite3_io_methods) uintptr) int32 {
	if rc := writeGathered(tls, f); rc != sqlite3.SQLITE_OK {
		return rc
	}
	inner, m := below(f)
	return method[func(*libc.TLS, uintptr, T) int32](which(m))(tls, inner, arg)
}
