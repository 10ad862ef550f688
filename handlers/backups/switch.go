// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"hash/maphash"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// switchStores restores into an empty store that replaces the one in use. Projects and tokens are restored after that:
// an earlier failure changes nothing.
func (r *restore) switchStores(ctx context.Context) error {
	return unmark(r.service.RestoreAll(ctx, lifecycle.RestoreHooks{
		Fill: func(ctx context.Context, store kv.Store) (saved bool, err error) {
			err = r.fill(ctx, store)
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

// fill restores all keys into an empty store, then blocks data calls and backs up what will be replaced.
func (r *restore) fill(ctx context.Context, store kv.Store) error {
	if err := r.checkBackup(ctx, store); err != nil {
		return err
	}
	if err := r.refuseOverwrite(ctx); err != nil {
		return err
	}
	ctx, err := r.begin(ctx, true)
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
		return kv.Refuse(kv.ErrConflict, "%d keys differ from the backup after storing them: nothing was changed", r.done.Changed)
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

// saveReadable is save, except that data that cannot be read are kept by the engine instead: a damaged file, or data
// that the engine does not start with.
func (r *restore) saveReadable(ctx context.Context) (string, error) {
	if r.unsaved {
		return "", nil
	}
	before, err := r.save(ctx)
	if err != nil && r.o.Replace && ctx.Err() == nil && !errors.Is(err, kv.ErrStorageFull) {
		r.log.Warn("the data to replace could not be backed up, and are kept aside", "error", err)
		r.unsaved = true
		return "", nil
	}
	return before, err
}

// refuseOverwrite returns ErrConflict if there are keys and Replace is not set. If the engine does not start or its
// data cannot be read, there may be keys.
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
		return kv.Refuse(kv.ErrConflict, "the engine does not start with its data, so it is not known whether there are keys: "+
			"say that they are to be replaced, and they are kept aside")
	}
	return err
}

// switched ends a restore whose store is in use.
func (r *restore) switched(ctx context.Context, aside string) error {
	r.done.Aside = aside
	err := r.restoreAccess(ctx)
	if err == nil {
		r.lock.end(ctx, resultOK, nil)
		return nil
	}
	r.lock.release(ctx, err)
	return kv.Refuse(kv.ErrOutcomeUnknown, "the keys are restored, but projects and tokens are not yet (%s); that continues automatically", explain(err))
}

// finishSwitch ends a restore that was interrupted while the engine switched stores. No data call was admitted since,
// so the keys show which store is in use.
func (r *restore) finishSwitch(ctx context.Context, lease *lifecycle.Lease) error {
	if err := r.checkBackup(ctx, lease.Store); err != nil {
		return err
	}
	if err := r.compare(ctx, lease.Store); err != nil {
		return err
	}
	keys, err := countKeys(ctx, lease.Store)
	if err != nil {
		return err
	}
	if r.done.Changed > 0 || keys > r.done.Keys {
		return &rolledBack{kv.Refuse(kv.ErrUnavailable, "the server stopped before the restored store was in use: nothing was changed")}
	}
	return r.restoreAccess(ctx)
}

// countKeys counts the distinct keys of a store.
func countKeys(ctx context.Context, store kv.Store) (int64, error) {
	seed, seen := maphash.MakeSeed(), map[uint64]struct{}{}
	err := store.Export(ctx, 0, func(records []kv.Record) error {
		for _, r := range records {
			seen[maphash.Comparable(seed, keyID{r.Project, r.Key})] = struct{}{}
		}
		return nil
	})
	return int64(len(seen)), err
}
