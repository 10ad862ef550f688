// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

// visitor receives the content of a backup while it is read. Content without a function is skipped.
type visitor struct {
	project    func(access.Project) error
	credential func(archive.Credential) error
	records    func([]kv.Record) error
	// progress receives the percentage read.
	progress func(percent int)
}

// read reads a backup to its end and compares it with the manifest: if it returns nil, the backup is intact.
// Errors: ErrBackupDamaged, those of the files, and what the visitor returns.
func (s *Manager) read(ctx context.Context, m Manifest, v visitor) error {
	file, err := s.files.Open(ctx, m.ID+dataSuffix)
	if errors.Is(err, kv.ErrBackupNotFound) {
		return damaged(m, "its data file is gone")
	}
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	packed := &meteredReader{r: io.TeeReader(file, sum), total: m.Size, report: v.progress}
	err = readLines(ctx, packed, m, v)
	if err == nil {
		_, err = io.Copy(io.Discard, packed) // anything after the end
	}
	var visited *visitError
	switch {
	case errors.As(err, &visited):
		return visited.err
	case ctx.Err() != nil:
		return fmt.Errorf("read the backup: %w: %w", ctx.Err(), kv.ErrTimeout)
	case packed.err != nil: // the file could not be read; the backup may be intact
		return packed.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return damaged(m, "its data file is cut off")
	case err != nil:
		return damaged(m, err.Error())
	case hex.EncodeToString(sum.Sum(nil)) != m.SHA256 || packed.read != m.Size:
		return damaged(m, "its SHA-256 or its size differs from the manifest")
	}
	return nil
}

func damaged(m Manifest, what string) error {
	return kv.Refuse(kv.ErrBackupDamaged, "the backup %s is damaged: %s", m.ID, what)
}

// visitError is an error that a visitor returned.
type visitError struct{ err error }

func (e *visitError) Error() string { return e.err.Error() }

func visit[T any](f func(T) error, what T) error {
	if f == nil {
		return nil
	}
	if err := f(what); err != nil {
		return &visitError{err}
	}
	return nil
}

// readLines reads and counts all lines.
func readLines(ctx context.Context, r io.Reader, m Manifest, v visitor) error {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	checks, err := newChecks(m)
	if err != nil {
		return err
	}
	lines := newLineReader(unpacked)
	c := collector{visit: v.records, check: checks.record, count: map[kv.ProjectID]int64{}}
	for n := 0; ; n++ {
		l, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return errCutOff
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case (n == 0) != (l.Header != nil):
			return errors.New("it does not begin with one header")
		case l.End != nil:
			if err := checks.end(); err != nil {
				return err
			}
			if err := c.flush(); err != nil {
				return err
			}
			return c.compare(m, l.End.Keys, lines)
		}
		if err := takeLine(l, m, v, checks, &c); err != nil {
			return err
		}
	}
}

// takeLine passes one line to the visitor.
func takeLine(l *line, m Manifest, v visitor, checks *checks, c *collector) error {
	if l.Project != nil || l.Credential != nil {
		if err := checks.count(l.size); err != nil {
			return err
		}
	}
	switch {
	case l.Header != nil:
		if l.Header.ID != m.ID || l.Header.Format != m.Format {
			return errors.New("its header belongs to another backup")
		}
		return nil
	case l.Project != nil:
		p := l.Project.project()
		if err := checks.project(p); err != nil {
			return err
		}
		return visit(v.project, p)
	case l.Credential != nil:
		credential, err := l.Credential.credential()
		if err != nil {
			return err
		}
		if err := checks.credential(credential); err != nil {
			return err
		}
		return visit(v.credential, credential)
	}
	record, err := l.record()
	if err != nil {
		return err
	}
	return c.add(record)
}

// collector passes records on in batches.
type collector struct {
	visit func([]kv.Record) error
	check func(kv.Record) error // nil: none
	count map[kv.ProjectID]int64
	held  []kv.Record
	bytes int
}

func (c *collector) add(r kv.Record) error {
	if c.check != nil {
		if err := c.check(r); err != nil {
			return err
		}
	}
	c.count[r.Project]++
	if c.visit == nil {
		return nil
	}
	if len(c.held) > 0 && (len(c.held) >= kv.MaxRecords || c.bytes+r.Size() > kv.RecordBytes) {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.held, c.bytes = append(c.held, r), c.bytes+r.Size()
	return nil
}

func (c *collector) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	err := visit(c.visit, c.held)
	c.held, c.bytes = c.held[:0], 0
	return err
}

// compare returns an error if the number of keys differs from the last line or the manifest, or if there are more lines.
func (c *collector) compare(m Manifest, keys int64, lines *lineReader) error {
	if _, err := lines.next(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after its end")
	}
	all := int64(0)
	for _, n := range c.count {
		all += n
	}
	if keys != all || m.Keys != all {
		return fmt.Errorf("it holds %d keys instead of %d", all, m.Keys)
	}
	for _, p := range m.Projects {
		if c.count[p.ID] != p.Keys {
			return fmt.Errorf("it holds %d keys of project %d instead of %d", c.count[p.ID], p.ID, p.Keys)
		}
	}
	return nil
}

// meteredReader counts the bytes read and keeps a read error.
type meteredReader struct {
	r      io.Reader
	total  int64
	report func(percent int)
	read   int64
	told   int
	err    error
}

func (m *meteredReader) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	if percent := int(100 * m.read / max(m.total, 1)); m.report != nil && percent != m.told {
		m.told = percent
		m.report(min(percent, 100))
	}
	return n, err
}
