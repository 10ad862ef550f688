// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Place is the location of an open file. It detects that the file or its directory was removed, replaced or moved: what
// is written then is lost when the program ends.
type Place struct {
	path  string
	files map[string]fs.FileInfo // by suffix
	sizes map[string]int64       // when CheckWhole last found them whole
	cut   atomic.Pointer[error]  // what CheckWhole returns once one was cut
}

// Here returns the place of the file at path and its log, which were just opened.
func Here(path string) (*Place, error) {
	p := &Place{path: path, files: map[string]fs.FileInfo{}, sizes: map[string]int64{}}
	for _, ending := range []string{"", "-wal"} {
		info, err := os.Stat(path + ending)
		if err == nil {
			p.files[ending], p.sizes[ending] = info, info.Size()
		} else if ending == "" || !errors.Is(err, fs.ErrNotExist) {
			return nil, openErr(path, err)
		}
	}
	return p, nil
}

// Check returns a Refusal of kind ErrUnavailable that says what is no longer there.
func (p *Place) Check() error {
	for ending := range p.files {
		if _, err := p.stat(ending); err != nil {
			return err
		}
	}
	return nil
}

// Cut returns the error of CheckWhole after it found a truncated file, otherwise nil. It may be called while CheckWhole
// runs.
func (p *Place) Cut() error {
	if cut := p.cut.Load(); cut != nil {
		return *cut
	}
	return nil
}

// CheckFile is Check without the log, which is removed when the file is closed.
func (p *Place) CheckFile() error {
	_, err := p.stat("")
	return err
}

// stat returns the file at the path if it is the one that was opened.
func (p *Place) stat(ending string) (fs.FileInfo, error) {
	now, err := os.Stat(p.path + ending)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, kv.Refuse(kv.ErrUnavailable, "%s was removed, or its directory moved, while it is in use", p.path+ending)
	case err != nil:
		return nil, openErr(p.path+ending, err)
	case !os.SameFile(p.files[ending], now):
		return nil, kv.Refuse(kv.ErrUnavailable, "%s was replaced by another file while it is in use", p.path+ending)
	}
	return now, nil
}
