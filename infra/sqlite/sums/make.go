// SPDX-License-Identifier: Apache-2.0

package sums

import (
	"fmt"
	"net/url"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// ApplicationID stands in the header of a file whose pages have sums (PRAGMA application_id).
const ApplicationID = 0x746b7632

// Make makes an SQLite file of that name with sums, which gives room back when it is asked to (PRAGMA
// incremental_vacuum). It has no tables. The file may be there, and empty.
func Make(path string) error {
	return run(uri(path, WriterVFS), fmt.Sprintf("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = %d", ApplicationID))
}

// Copy writes what a file without sums and its log hold into a new file with sums, which gives room back when asked to.
// The file to may be there, and empty.
func Copy(path, to string) error {
	err := run(uri(path, ""), "PRAGMA busy_timeout = 5000; PRAGMA auto_vacuum = INCREMENTAL; VACUUM INTO '"+quoted(uri(to, WriterVFS))+"'")
	if err != nil {
		return err
	}
	return run(uri(to, WriterVFS), fmt.Sprintf("PRAGMA application_id = %d", ApplicationID))
}

// uri names a file for SQLite.
func uri(path, vfs string) string {
	u := url.URL{Scheme: "file", Path: path}
	if vfs != "" {
		u.RawQuery = "vfs=" + vfs
	}
	return u.String()
}

func quoted(text string) string {
	var b []byte
	for i := range len(text) {
		if text[i] == '\'' {
			b = append(b, '\'')
		}
		b = append(b, text[i])
	}
	return string(b)
}

// Error is an error of SQLite with its extended code.
type Error struct {
	code int32
	text string
}

func (e *Error) Error() string { return e.text }

// Code returns the extended code.
func (e *Error) Code() int { return int(e.code) }

// run runs statements on a file whose new pages are to have room for sums, which the driver cannot ask for.
func run(name, statements string) error {
	if err := Register(); err != nil {
		return err
	}
	tls := libc.NewTLS()
	defer tls.Close()
	db := tls.Alloc(int(unsafe.Sizeof(uintptr(0))))
	defer tls.Free(int(unsafe.Sizeof(uintptr(0))))
	const flags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_URI
	text := func(s string) uintptr {
		p, err := libc.CString(s)
		if err != nil {
			panic(err) // there is no memory
		}
		return p
	}
	zName, zMain, zSQL := text(name), text("main"), text(statements)
	defer func() {
		for _, p := range []uintptr{zName, zMain, zSQL} {
			libc.Xfree(tls, p)
		}
	}()
	rc := sqlite3.Xsqlite3_open_v2(tls, zName, db, flags, 0)
	handle := *at[uintptr](db)
	defer sqlite3.Xsqlite3_close_v2(tls, handle)
	if rc == sqlite3.SQLITE_OK {
		reserved := tls.Alloc(4)
		defer tls.Free(4)
		*at[int32](reserved) = Reserved
		rc = sqlite3.Xsqlite3_file_control(tls, handle, zMain, sqlite3.SQLITE_FCNTL_RESERVE_BYTES, reserved)
	}
	if rc == sqlite3.SQLITE_OK {
		rc = sqlite3.Xsqlite3_exec(tls, handle, zSQL, 0, 0, 0)
	}
	if rc == sqlite3.SQLITE_OK {
		return nil
	}
	return &Error{sqlite3.Xsqlite3_extended_errcode(tls, handle), libc.GoString(sqlite3.Xsqlite3_errmsg(tls, handle))}
}
