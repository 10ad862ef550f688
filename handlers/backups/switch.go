// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"hash/maphash"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// switchStores restores into an empty store that takes the place of the one in use. Projects and tokens come back after
// that: until then, whatever fails changes nothing.
func (r *restore) switchStores(ctx context.Context) error {
	return unmark(r.service.RestoreAll(ctx, lifecycle.Refill{
		Fill: func(ctx context.Context, scratch kv.Store) (saved bool, err error) {
			err = r.fill(ctx, scratch)
			return !r.unsaved, err
		},
		Switched: r.switched,
		Failed: func(ctx context.Context, err error) {
			if r.lock != nil {
				r.lock.end(ctx, resultFailed, err)
			}
		},
	}))
}

// fill restores all keys into an empty store, and then has data calls refused and saves what is to be replaced.
func (r *restore) fill(ctx context.Context, scratch kv.Store) error {
	if err := r.checkBackup(ctx, scratch); err != nil {
		return err
	}
	if err := r.refuseOverwrite(ctx); err != nil {
		return err
	}
	ctx, err := r.begin(ctx, true)
	if err != nil {
		return err
	}
	store, err := portable(scratch)
	if err != nil {
		return err
	}
	if err := r.copyKeys(ctx, store); err != nil {
		return err
	}
	if err := r.compare(ctx, store); err != nil {
		return err
	}
	if r.done.Changed > 0 {
		return kv.Refuse(kv.ErrConflict, "%d keys were not stored as the backup has them: nothing was changed", r.done.Changed)
	}
	if err := r.lock.blockCalls(ctx, func(*pending) {}); err != nil {
		return err
	}
	before, err := r.saveReadable(ctx)
	if err != nil {
		return err
	}
	r.done.Before = before
	return r.lock.change(ctx, func(p *pending) { p.Stage, p.Before = switching, before })
}

// saveReadable is save for what the engine keeps aside where it cannot be read, as a damaged file, or where the engine did
// not come up.
func (r *restore) saveReadable(ctx context.Context) (string, error) {
	if r.unsaved {
		return "", nil
	}
	before, err := r.save(ctx)
	if err != nil && r.o.Replace && ctx.Err() == nil && !errors.Is(err, kv.ErrStorageFull) {
		r.log.Warn("what is to be replaced could not be backed up, and is kept aside", "error", err)
		r.unsaved = true
		return "", nil
	}
	return before, err
}

// refuseOverwrite refuses to replace keys unless that is asked for. Where the engine does not come up with what it has, or that
// cannot be read, nobody knows whether there are any.
func (r *restore) refuseOverwrite(ctx context.Context) error {
	lease, err := r.service.Acquire()
	if errors.Is(err, kv.ErrUnavailable) {
		r.unsaved = true
	} else if err != nil {
		return err
	} else {
		defer lease.Release()
		_, err = r.projectsInUse(ctx, lease.Store)
	}
	switch {
	case err == nil || r.o.Replace && ctx.Err() == nil:
		return nil
	case r.unsaved:
		return kv.Refuse(kv.ErrConflict, "the engine does not come up with the data that are there, so nobody knows what they are: "+
			"say that they are to be replaced, and they are kept aside")
	}
	return err
}

// switched ends a restore whose keys are in use.
func (r *restore) switched(ctx context.Context, aside string) error {
	r.done.Aside = aside
	err := r.admit(ctx)
	if err == nil {
		r.lock.end(ctx, resultOK, nil)
		return nil
	}
	r.lock.release(ctx, err)
	return kv.Refuse(kv.ErrOutcomeUnknown, "the keys are restored, projects and tokens not yet (%s); that goes on by itself", explain(err))
}

// settle ends a restore that was cut off when the engine was to take another store into use: no data call was let in
// since, so that the keys tell whether it did.
func (r *restore) finishSwitch(ctx context.Context, lease *lifecycle.Lease) error {
	if err := r.checkBackup(ctx, lease.Store); err != nil {
		return err
	}
	store, err := portable(lease.Store)
	if err != nil {
		return err
	}
	if err := r.compare(ctx, store); err != nil {
		return err
	}
	keys, err := countKeys(ctx, store)
	if err != nil {
		return err
	}
	if r.done.Changed > 0 || keys > r.done.Keys {
		return &rolledBack{kv.Refuse(kv.ErrUnavailable, "the server ended before the restored store was in use: nothing was changed")}
	}
	return r.admit(ctx)
}

// countKeys counts the keys of a store, each once.
func countKeys(ctx context.Context, store kv.Portable) (int64, error) {
	seed, seen := maphash.MakeSeed(), map[uint64]struct{}{}
	err := store.Export(ctx, 0, func(records []kv.Record) error {
		for _, r := range records {
			seen[maphash.Comparable(seed, keyID{r.Project, r.Key})] = struct{}{}
		}
		return nil
	})
	return int64(len(seen)), err
}
