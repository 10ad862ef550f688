// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// maxPresent bounds how many keys are remembered as present. A scan does not return more keys twice.
const maxPresent = 1 << 20

// clockTolerance is by how much a restored expiry may differ: Redis has its own clock and gets the remaining time to live.
const clockTolerance = 2 * time.Second

// copyKeys stores the keys of the backup.
func (r *restore) copyKeys(ctx context.Context, store kv.Store) error {
	r.present = map[keyID]bool{}
	return r.pass(ctx, "restore the keys", func(records []kv.Record) error {
		present, err := store.Import(ctx, records)
		for _, i := range present {
			r.present[keyID{records[i].Project, records[i].Key}] = true
		}
		if err == nil && len(r.present) > maxPresent {
			err = kv.Refuse(kv.ErrConflict, "keys of the backup are being written during the restore")
		}
		return err
	})
}

// chosen returns the records to restore, in the same slice.
func (r *restore) chosen(records []kv.Record) []kv.Record {
	kept := records[:0]
	for _, record := range records {
		if r.selects(&record) {
			kept = append(kept, record)
		}
	}
	return kept
}

// pass reads the backup and calls f with the records to restore. It reports its progress. Errors: unreadable; those of f.
func (r *restore) pass(ctx context.Context, step string, f func([]kv.Record) error) error {
	r.lock.keys.Store(0)
	r.lock.total.Store(r.size())
	keys, failed := int64(0), false
	err := r.read(ctx, r.backup, visitor{records: func(records []kv.Record) error {
		if r.lock.lost() { // this process may have slept: send no other command
			failed = true
			return errLockLost
		}
		records = r.chosen(records)
		err := f(records)
		failed = err != nil
		keys += int64(len(records))
		r.lock.keys.Store(keys)
		r.showProgress(fmt.Sprintf("%s, %d of %d", step, keys, r.size()), int(100*keys/max(r.size(), 1)))
		return err
	}})
	if err != nil && !failed && ctx.Err() == nil {
		return &unreadable{err}
	}
	return err
}

// size returns how many keys are to be restored.
func (r *restore) size() (keys int64) {
	for _, p := range r.backup.Projects {
		if r.o.Project == 0 && r.replaces(p.ID) || r.o.Project == p.ID {
			keys += p.Keys
		}
	}
	return keys
}

// compare reads back what was restored and counts the differences.
func (r *restore) compare(ctx context.Context, store kv.Store) error {
	r.done.Keys, r.done.Expired, r.done.Changed = 0, 0, 0
	return r.pass(ctx, "compare the keys", func(records []kv.Record) error {
		stored, err := lookup(ctx, store, records)
		if err != nil {
			return err
		}
		for i, record := range records {
			r.done.Changed += r.classify(record, stored[i])
		}
		return nil
	})
}

// lookup calls Lookup, in halves if the answer is too large: others may have written larger values meanwhile.
func lookup(ctx context.Context, store kv.Store, records []kv.Record) ([]kv.Record, error) {
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

// classify counts a key, and returns 1 if the stored record differs from the one of the backup.
func (r *restore) classify(record, stored kv.Record) int64 {
	at := keyID{record.Project, record.Key}
	there := stored.Type != kv.NoType
	switch first, present := r.present[at]; {
	case present && first && there: // returned twice, or written by another client: counted once
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

// same reports whether a stored key equals that of the backup. It ignores dumps, which differ between versions of Redis.
func same(record, stored kv.Record) bool {
	apart := record.ExpiresAt.Sub(stored.ExpiresAt).Abs()
	return record.Type == stored.Type && record.ExpiresAt.IsZero() == stored.ExpiresAt.IsZero() && apart <= clockTolerance &&
		(record.Type != "" || bytes.Equal(record.Text, stored.Text))
}
