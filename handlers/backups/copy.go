// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// maxPresent bounds how many keys are remembered as present. More are none that a scan told twice.
const maxPresent = 1 << 20

// clockTolerance is by how much an expiry may come out another: the clock of Redis is not ours, and it is told how long a
// key is still to live.
const clockTolerance = 2 * time.Second

// copyKeys stores the keys of the backup.
func (r *restore) copyKeys(ctx context.Context, store kv.Portable) error {
	r.present = map[place]bool{}
	return r.read(ctx, r.backup, visitor{
		progress: func(percent int) { r.step("restore the keys", percent) },
		records: func(records []kv.Record) error {
			records = r.chosen(records)
			present, err := store.Import(ctx, records)
			for _, i := range present {
				r.present[place{records[i].Project, records[i].Key}] = true
			}
			if err == nil && len(r.present) > maxPresent {
				err = kv.Refuse(kv.ErrConflict, "the keys of the backup are being written while they are restored")
			}
			return err
		},
	})
}

// chosen returns those of the records that are restored.
func (r *restore) chosen(records []kv.Record) []kv.Record {
	kept := records[:0]
	for _, record := range records {
		if r.takes(&record) {
			kept = append(kept, record)
		}
	}
	return kept
}

// compare reads back what was restored. In a store that nobody else writes to, everything has to be there; in one that
// is in use, it counts what is as in the backup.
func (r *restore) compare(ctx context.Context, store kv.Portable, strict bool) error {
	var wrong int64
	err := r.read(ctx, r.backup, visitor{
		progress: func(percent int) { r.step("compare the keys", percent) },
		records: func(records []kv.Record) error {
			records = r.chosen(records)
			stored, err := lookup(ctx, store, records)
			if err != nil {
				return err
			}
			for i, record := range records {
				wrong += r.judge(record, stored[i])
			}
			return nil
		},
	})
	if err == nil && strict && wrong > 0 {
		return kv.Refuse(kv.ErrConflict, "%d keys were not stored as the backup has them: nothing was changed", wrong)
	}
	r.done.Changed += wrong
	return err
}

// lookup is Lookup for more than one answer of the store may hold: others may have written larger values since.
func lookup(ctx context.Context, store kv.Portable, records []kv.Record) ([]kv.Record, error) {
	stored, err := store.Lookup(ctx, records)
	if len(records) < 2 || !errors.Is(err, kv.ErrTooLarge) {
		return stored, err
	}
	half := len(records) / 2
	if stored, err = lookup(ctx, store, records[:half]); err != nil {
		return nil, err
	}
	rest, err := lookup(ctx, store, records[half:])
	return append(stored, rest...), err
}

// judge counts a key, and returns 1 if what is stored is not what was restored.
func (r *restore) judge(record, stored kv.Record) int64 {
	at := place{record.Project, record.Key}
	there := stored.Type != kv.NoType
	switch first, present := r.present[at]; {
	case present && first && there: // told twice, or written by somebody: counted once
		r.present[at] = false
		r.done.Keys++
		return 0
	case present:
		return 0
	case !there && record.Expired(time.Now().Add(clockTolerance)):
		r.done.Expired++
		return 0
	case there && same(record, stored):
		r.done.Keys++
		return 0
	}
	return 1
}

// same tells whether a stored key is that of the backup. A dump of Redis is not the same from version to version.
func same(record, stored kv.Record) bool {
	apart := record.ExpiresAt.Sub(stored.ExpiresAt).Abs()
	return record.Type == stored.Type && record.ExpiresAt.IsZero() == stored.ExpiresAt.IsZero() && apart <= clockTolerance &&
		(record.Type != "" || bytes.Equal(record.Text, stored.Text))
}
