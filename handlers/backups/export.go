// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Export writes every key of a project to w, as lines of a backup without project_id, and then the last line of a backup.
// Errors: ErrNotSupported, ErrProjectNotFound if it is deleted meanwhile, those of the store and of w.
func (s *Manager) Export(ctx context.Context, store kv.Store, project kv.ProjectID, w io.Writer) error {
	replaced, err := s.guardRead(ctx, project)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, bufferSize)
	var text []byte
	keys := int64(0)
	err = store.Export(ctx, project, func(records []kv.Record) error {
		for _, r := range records {
			r.Project = 0
			if text = appendRecord(text[:0], r); len(text) > maxLine {
				r.Project = project
				return errTooLarge(r)
			}
			if _, err := out.Write(text); err != nil {
				return err
			}
			keys++
		}
		return out.Flush() // a reader sees each batch at once
	})
	if err != nil {
		return err
	}
	if err := replaced(ctx); err != nil { // readers notice the missing last line
		return err
	}
	if _, err := s.control.Project(ctx, project); err != nil { // it is being deleted: keys are missing
		return err
	}
	if text, err = appendJSON(text[:0], "end", endLine{keys}); err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	return out.Flush()
}

// ReadExport reads the output of Export and calls f with batches of keys. Errors: ErrInvalid with the number of a malformed
// line, or if the last line is missing; what f returns.
func ReadExport(r io.Reader, f func([]kv.Record) error) error {
	lines := newLineReader(r)
	c := collector{visit: f, count: map[kv.ProjectID]int64{}}
	for n := 1; ; n++ {
		l, err := lines.next()
		if errors.Is(err, io.EOF) {
			err = errors.New("it was cut off: its last line is missing")
		}
		if err == nil && l.End != nil {
			return unvisited(c.flush())
		}
		var record kv.Record
		if err == nil {
			record, err = l.record()
		}
		if err != nil {
			return kv.Refuse(kv.ErrInvalid, "line %d of the export: %v", n, err)
		}
		if err := c.add(record); err != nil {
			return unvisited(err)
		}
	}
}

// unvisited returns the error of a visitor without its visitError.
func unvisited(err error) error {
	var visited *visitError
	if errors.As(err, &visited) {
		return visited.err
	}
	return err
}
