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

// commitsEnding is that of the file that counts the commits of the one next to it.
const commitsEnding = "-commits"

// CommitsPath names the file that counts the commits of the file at path.
func CommitsPath(path string) string { return path + commitsEnding }

// Commits keeps, in a small file next to an SQLite file, how many commits of that were acknowledged. It is written after
// each of them and not waited for: what a killed process wrote is there, and after a loss of power it may lag behind, never
// be ahead. A file that holds fewer commits has lost some.
type Commits struct{ file *os.File }

// Count is what is known of a file: which one it is, and how many commits it has acknowledged.
type Count struct {
	ID string
	N  int64
}

const countFormat = "commits of %16s: %20d\n"

// countLength is that of a count, in bytes.
const countLength = 50

// closedText stands behind the count once nobody has the file open, and its log is moved into it.
const closedText = "closed\n"

// ReadCommits returns the count next to the file at path; none where there is none, or it never reached the disk.
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

// OpenCommits begins to count from c on.
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

// Close ends the counting, once what was counted is on the disk. It is called after the file itself was closed.
func (k *Commits) Close() error {
	var err error
	if _, left := os.Lstat(strings.TrimSuffix(k.file.Name(), commitsEnding) + "-wal"); errors.Is(left, fs.ErrNotExist) {
		_, err = k.file.WriteAt([]byte(closedText), countLength)
	}
	return errors.Join(err, k.file.Sync(), k.file.Close())
}

// takenOver reports whether the log that was left next to the file at path, as by a process that was killed, is gone: another
// program has moved it into the file.
func takenOver(path string) bool {
	text, err := os.ReadFile(CommitsPath(path))
	if err != nil || len(text) == 0 || bytes.HasSuffix(text, []byte(closedText)) {
		return false
	}
	log, err := os.Stat(path + "-wal")
	return errors.Is(err, fs.ErrNotExist) || err == nil && log.Size() == 0
}
