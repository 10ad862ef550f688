// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// commitsSuffix is the suffix of the file that holds the commit count.
const commitsSuffix = "-commits"

// CommitsPath returns the path of the commit count of the file at path.
func CommitsPath(path string) string { return path + commitsSuffix }

// Commits stores the number of acknowledged commits of an SQLite file in a small file next to it. It writes after each
// commit without waiting for the disk: the count survives a killed process, and after a power loss it may lag behind,
// but is never ahead. A database with fewer commits than the count has lost some.
type Commits struct{ file *os.File }

// Count identifies a file and says how many commits it has acknowledged.
type Count struct {
	ID string
	N  int64
}

const countFormat = "commits of %16s: %20d\n"

// countLength is the length of a count, in bytes.
const countLength = 50

// closedText follows the count after the file was closed and its log moved into it.
const closedText = "closed\n"

// ReadCommits returns the count of the file at path; none if there is none, or it never reached the disk.
func ReadCommits(path string) (c Count, ok bool, err error) {
	text, err := os.ReadFile(CommitsPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return c, false, nil
	}
	if err != nil {
		return c, false, openErr(CommitsPath(path), err)
	}
	_, err = fmt.Sscanf(string(text), countFormat, &c.ID, &c.N)
	return c, err == nil, nil
}

// OpenCommits starts counting from c.
func OpenCommits(path string, c Count) (*Commits, error) {
	path = CommitsPath(path)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, openErr(path, err)
	}
	k := &Commits{f}
	if err := errors.Join(k.Set(c), f.Truncate(countLength), f.Sync(), syncFile(filepath.Dir(path))); err != nil {
		return nil, errors.Join(openErr(path, err), f.Close())
	}
	return k, nil
}

// Set records the count.
func (k *Commits) Set(c Count) error {
	_, err := k.file.WriteAt(fmt.Appendf(nil, countFormat, c.ID, c.N), 0)
	return err
}

// Close stops counting and syncs the count. It is called after the database was closed.
func (k *Commits) Close() error {
	var err error
	if _, left := os.Lstat(strings.TrimSuffix(k.file.Name(), commitsSuffix) + "-wal"); errors.Is(left, fs.ErrNotExist) {
		_, err = k.file.WriteAt([]byte(closedText), countLength)
	}
	return errors.Join(err, k.file.Sync(), k.file.Close())
}

// takenOver reports whether the log of the file at path, left by a killed process for example, is gone: another program
// has moved it into the file.
func takenOver(path string) bool {
	text, err := os.ReadFile(CommitsPath(path))
	if err != nil || len(text) == 0 || bytes.HasSuffix(text, []byte(closedText)) {
		return false
	}
	log, err := os.Stat(path + "-wal")
	return errors.Is(err, fs.ErrNotExist) || err == nil && log.Size() == 0
}
