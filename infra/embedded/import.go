// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Takes reports that Import can store only strings.
func (s *Store) Takes(recordType string) bool { return recordType == "" }

// Import stores the records whose keys do not exist and that have not expired, all of them or none, and returns the
// indices of those whose keys exist. Errors: ErrNotSupported, ErrInvalid; else as kv.Store.
func (s *Store) Import(ctx context.Context, records []kv.Record) ([]int, error) {
	var most int64
	names := make([]rowKey, len(records))
	for i, r := range records {
		if !s.Takes(r.Type) {
			return nil, kv.Refuse(kv.ErrNotSupported, "a key of type %.40q is not supported by the embedded engine, which keeps "+
				"strings alone", r.Type)
		}
		if err := r.Validate(); err != nil {
			return nil, err
		}
		names[i] = rowKeyOf(r.Project, r.Key)
		most += sizeOf(len(r.Key), len(r.Text))
	}
	var present []int
	err := s.write(ctx, 0, extent{len(records), most, names}, func(ctx context.Context, w *writer) error {
		return w.growing(ctx, most, func() (err error) {
			present, err = w.insert(ctx, names, records)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return present, nil
}

// insert stores records whose keys do not exist, and returns the indices of the others.
func (w *writer) insert(ctx context.Context, names []rowKey, records []kv.Record) (present []int, err error) {
	now := w.now()
	for i, r := range records {
		if r.Expired(time.UnixMilli(now)) {
			continue
		}
		old, err := w.look(ctx, names[i])
		if err != nil {
			return nil, err
		}
		if old.live(now) {
			present = append(present, i)
			continue
		}
		expires := int64(0)
		if !r.ExpiresAt.IsZero() {
			expires = r.ExpiresAt.UnixMilli()
		}
		if err := w.storeText(ctx, names[i], r.Key, textOf(r), expires, old); err != nil {
			return nil, err
		}
	}
	return present, nil
}

// textOf returns the text of a record.
func textOf(r kv.Record) text {
	t := text{bytes: r.Text, foreign: !bytes.Equal(kv.Stored(r.Text), r.Text)}
	if t.bytes == nil {
		t.bytes = []byte{}
	}
	return t
}

// Lookup returns what is stored under the projects and keys of the records, in the same order and as of one moment.
// Errors: ErrTooLarge as soon as several come to more than Config.MaxAnswer; ErrInvalid; else as kv.Store.
func (s *Store) Lookup(ctx context.Context, records []kv.Record) ([]kv.Record, error) {
	names := make(wanted, len(records))
	for i, r := range records {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		names[i] = rowKeyOf(r.Project, r.Key)
	}
	read := s.read
	if len(records) > fewKeys {
		read = s.walk
	}
	var found []kv.Record
	err := read(ctx, func(inner context.Context, r *reader) (err error) {
		found = make([]kv.Record, len(records))
		for i := range records {
			found[i] = kv.Record{Project: records[i].Project, Key: records[i].Key, Type: kv.NoType}
		}
		left := s.config.MaxAnswer
		return r.lookUp(inner, names, s.config.now(), func(i int, t text) error {
			found[i] = kv.Record{Project: records[i].Project, Key: records[i].Key, Text: t.bytes, ExpiresAt: timeOf(t.expires)}
			if left -= int64(len(t.bytes)); left < 0 && len(records) > 1 {
				return s.config.tooLarge()
			}
			return sqlite.Err(ctx.Err())
		})
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
