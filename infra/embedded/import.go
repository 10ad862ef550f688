// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"context"
	"math"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
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
	found := make([]kv.Record, 0, len(records))
	left := s.config.MaxAnswer
	err := s.each(ctx, len(records), func(ctx context.Context, r *reader, i int, now int64) error {
		if err := records[i].Validate(); err != nil {
			return err
		}
		one, err := r.record(ctx, records[i].Project, records[i].Key, now)
		found = append(found, one)
		if left -= int64(len(one.Text)); left < 0 && len(records) > 1 {
			return s.config.tooLarge()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// record returns what is stored under key.
func (r *reader) record(ctx context.Context, p kv.ProjectID, key kv.Key, now int64) (kv.Record, error) {
	t, err := r.text(ctx, p, key, now, math.MaxInt64)
	if err != nil || t.bytes == nil {
		return kv.Record{Project: p, Key: key, Type: kv.NoType}, err
	}
	return kv.Record{Project: p, Key: key, Text: t.bytes, ExpiresAt: timeOf(t.expires)}, nil
}
