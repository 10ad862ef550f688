// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"os"
	"path/filepath"
	"syscall"
)

// Free returns how many bytes this user can still write to the disk of a file.
func Free(path string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// ReserveWAL extends the log of an open file to at least that many bytes with zeros. SQLite overwrites them, so there
// is room for a transaction when the disk is full. It is called while no transaction is running. A missing log, or one
// that is long enough, stays as it is.
func ReserveWAL(path string, size int64) error {
	f, err := os.OpenFile(path+"-wal", os.O_WRONLY, 0)
	if err != nil {
		return openErr(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return openErr(path, err)
	}
	if missing := size - info.Size(); missing > 0 {
		_, err = f.WriteAt(make([]byte, missing), info.Size())
	}
	return openErrOf(path, err)
}
