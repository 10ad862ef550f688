// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"os"
	"path/filepath"
	"syscall"
)

// Free returns how many bytes this user may still write to the disk of a file.
func Free(path string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// ReserveWAL makes the log of an open file at least so many bytes long, by zeros behind what is in it, so that SQLite, which
// writes over them, has room for a transaction on a disk that got full. It is called while nobody writes to the file. A log
// that is not there, or long enough, stays as it is.
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
