// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

// writer writes the lines of a backup and counts them for its manifest.
type writer struct {
	plain  *bufio.Writer
	packed *gzip.Writer
	sum    hash.Hash
	size   counter
	buffer []byte
	keys   map[kv.ProjectID]int64
	m      Manifest
}

// counter counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// bufferSize is the size in bytes of the buffer of lines before compression.
const bufferSize = 64 << 10

// newWriter begins a backup in w.
func newWriter(w io.Writer, h Header) (*writer, error) {
	b := &writer{sum: sha256.New(), keys: map[kv.ProjectID]int64{}, m: Manifest{Header: h}}
	// Twice as fast as the default, and a few percent larger.
	b.packed, _ = gzip.NewWriterLevel(io.MultiWriter(w, b.sum, &b.size), gzip.BestSpeed)
	b.plain = bufio.NewWriterSize(b.packed, bufferSize)
	return b, b.json("header", h)
}

func (b *writer) json(name string, v any) (err error) {
	if b.buffer, err = appendJSON(b.buffer[:0], name, v); err != nil {
		return err
	}
	_, err = b.plain.Write(b.buffer)
	return err
}

// access writes projects and credentials. records writes only keys of these projects.
func (b *writer) access(d archive.Access) error {
	for _, p := range d.Projects {
		b.m.Projects = append(b.m.Projects, ProjectKeys{ID: p.ID, Name: p.Name})
		b.keys[p.ID] = 0
		if err := b.json("project", newProjectLine(p)); err != nil {
			return err
		}
	}
	for _, c := range d.Credentials {
		b.m.Credentials++
		if err := b.json("credential", newCredentialLine(c)); err != nil {
			return err
		}
	}
	return nil
}

// records writes keys. It skips keys of unknown projects, such as one whose keys are still being deleted.
func (b *writer) records(records []kv.Record) error {
	for _, r := range records {
		if _, ok := b.keys[r.Project]; !ok {
			continue
		}
		b.keys[r.Project]++
		b.m.Keys++
		b.buffer = appendRecord(b.buffer[:0], r)
		if len(b.buffer) > maxLine {
			return errTooLarge(r)
		}
		if _, err := b.plain.Write(b.buffer); err != nil {
			return err
		}
	}
	if cap(b.buffer) > kv.RecordBytes { // do not keep the memory of a large value
		b.buffer = nil
	}
	return nil
}

// errTooLarge is the Refusal for a record that could not be read again.
func errTooLarge(r kv.Record) error {
	return kv.Refuse(kv.ErrTooLarge, "a value of project %d takes more than %d MiB, which no backup and no export holds: its key is %.200q",
		r.Project, kv.MaxRecordBytes>>20, r.Key)
}

// end writes the last line and returns the manifest, without its time and trigger.
func (b *writer) end() (Manifest, error) {
	if err := b.json("end", endLine{b.m.Keys}); err != nil {
		return b.m, err
	}
	if err := b.plain.Flush(); err != nil {
		return b.m, err
	}
	if err := b.packed.Close(); err != nil {
		return b.m, err
	}
	for i, p := range b.m.Projects {
		b.m.Projects[i].Keys = b.keys[p.ID]
	}
	slices.SortFunc(b.m.Projects, func(p, q ProjectKeys) int { return int(p.ID - q.ID) })
	b.m.Size, b.m.SHA256 = int64(b.size), hex.EncodeToString(b.sum.Sum(nil))
	return b.m, nil
}
