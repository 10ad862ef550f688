// SPDX-License-Identifier: Apache-2.0

package sums

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The names of the layer, for the parameter vfs of an SQLite URI, once Register has returned.
const (
	// VFS is for connections that read.
	VFS = "tempskv-sums"
	// WriterVFS is for connections that write, and takes a page that is not there, or is all zeros, for one that was never
	// written: SQLite reads such a page again where it took it into use and freed it in one transaction.
	WriterVFS = "tempskv-sums-writer"
)

// The layer has what SQLite's own has, but for the methods here, which the file of a database gets. Memory that SQLite
// looks at is not Go's: it comes from libc and is never freed.
var (
	base    *sqlite3.Tsqlite3_vfs        // SQLite's own, set by register
	writer  uintptr                      // the layer under the name WriterVFS
	methods *sqlite3.Tsqlite3_io_methods // of a database

	logMethods *sqlite3.Tsqlite3_io_methods // of the log of a connection that writes
)

// Register makes the layer known to SQLite, which knows it for the life of the process. It may be called again.
var Register = sync.OnceValue(register)

func register() error {
	tls := libc.NewTLS()
	defer tls.Close()
	found := sqlite3.Xsqlite3_vfs_find(tls, 0)
	const size = unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})
	methodsAt := libc.Xcalloc(tls, 2, libc.Tsize_t(size))
	if found == 0 || methodsAt == 0 {
		return errors.New("sqlite: there is no layer to put checksums on")
	}
	base = at[sqlite3.Tsqlite3_vfs](found)
	methods, logMethods = at[sqlite3.Tsqlite3_io_methods](methodsAt), at[sqlite3.Tsqlite3_io_methods](methodsAt+size)
	fillMethods(methods, read, write)
	fillMethods(logMethods, readLog, writeLog)
	_, err := addLayer(tls, VFS)
	if err != nil {
		return err
	}
	writer, err = addLayer(tls, WriterVFS)
	return err
}

// addLayer makes the layer known under a name.
func addLayer(tls *libc.TLS, name string) (uintptr, error) {
	text, err := libc.CString(name)
	layer := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	if err != nil || layer == 0 {
		return 0, fmt.Errorf("sqlite: the layer of checksums cannot be made: %w", err)
	}
	vfs := at[sqlite3.Tsqlite3_vfs](layer)
	*vfs = *base
	vfs.FpNext, vfs.FzName, vfs.FszOsFile = 0, text, base.FszOsFile+int32(unsafe.Sizeof(file{}))
	set(&vfs.FxOpen, open)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, layer, 0); rc != sqlite3.SQLITE_OK {
		return 0, fmt.Errorf("sqlite: the layer of checksums is refused: %d", rc)
	}
	return layer, nil
}

// file is what SQLite knows a database or a log by. That of the layer below lies behind it, aligned as malloc aligns.
type file struct {
	methods   uintptr
	writes    uintptr // 1 if it is that of a connection that writes
	room      uintptr // of maxGathered bytes, 0 until something was written
	gathered  uintptr // bytes that are in it
	offset    int64   // where they go in the file
	completes uintptr // 1 if the next piece completes a transaction
	hasRead   uintptr // 1 if the last that was done with a log was to read
	_         uintptr
}

// below returns the file of the layer below, and its methods.
func below(f uintptr) (uintptr, *sqlite3.Tsqlite3_io_methods) {
	inner := f + unsafe.Sizeof(file{})
	return inner, at[sqlite3.Tsqlite3_io_methods](at[sqlite3.Tsqlite3_file](inner).FpMethods)
}

// open opens a file. One that is neither a database, nor a log that is written, is the layer's below alone.
func open(tls *libc.TLS, vfs, name, f uintptr, flags int32, outFlags uintptr) int32 {
	openBelow := method[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](base.FxOpen)
	ours := uintptr(unsafe.Pointer(base))
	of := methods
	switch {
	case flags&sqlite3.SQLITE_OPEN_MAIN_DB != 0:
	case flags&sqlite3.SQLITE_OPEN_WAL != 0 && vfs == writer:
		of = logMethods
	default:
		return openBelow(tls, ours, name, f, flags, outFlags)
	}
	*at[file](f) = file{}
	if vfs == writer {
		at[file](f).writes = 1
	}
	inner := f + unsafe.Sizeof(file{})
	rc := openBelow(tls, ours, name, inner, flags, outFlags)
	if at[sqlite3.Tsqlite3_file](inner).FpMethods != 0 {
		at[file](f).methods = uintptr(unsafe.Pointer(of))
	}
	return rc
}

// read reads, and refuses a page that is not as it was written. SQLite reads the first bytes of a file alone to learn the
// size of its pages: what they say is found out when the page is read.
func read(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	inner, m := below(f)
	rc := method[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxRead)(tls, inner, buffer, n, offset)
	missing := rc == sqlite3.SQLITE_IOERR_SHORT_READ
	if n < 512 || rc != sqlite3.SQLITE_OK && !missing || missing && offset == 0 {
		return rc
	}
	if n == PageSize {
		page := unsafe.Slice(at[byte](buffer), PageSize)
		switch {
		case !missing && Sound(page, offset):
			clear(page[PageSize-Reserved:]) // so that the log holds no sum, which might be that of a page before
			return rc
		case [PageSize]byte(page) == [PageSize]byte{}: // what is missing, SQLite's own layer fills with zeros
			if at[file](f).writes != 0 && offset > 0 {
				return rc
			}
		}
	}
	return sqlite3.SQLITE_IOERR_DATA
}

// write seals a page and writes it, at once: after a checkpoint SQLite says that it is done by a call whose error it does not look
// at, and begins the log again.
func write(tls *libc.TLS, f, buffer uintptr, n int32, offset int64) int32 {
	if n == PageSize {
		page := unsafe.Slice(at[byte](buffer), PageSize)
		Seal(page, offset)
		defer clear(page[PageSize-Reserved:])
	}
	return writeNow(tls, f, buffer, n, offset)
}

// fetch has SQLite read instead of mapping the file into memory, where nothing would be checked.
func fetch(_ *libc.TLS, _ uintptr, _ int64, _ int32, page uintptr) int32 {
	*at[uintptr](page) = 0
	return sqlite3.SQLITE_OK
}

// at returns a pointer to what is at an address that SQLite gave.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// method returns the function that a method of SQLite is.
func method[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }

// set makes a function a method. It has to be one that holds nothing, which stays where it is.
func set[F any](to *uintptr, f F) { *(*F)(unsafe.Pointer(to)) = f }
