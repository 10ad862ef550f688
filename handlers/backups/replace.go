// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// maxTries is how often the keys are replaced if they turn out to differ from the backup.
const maxTries = 3

// unreadable is an error of reading a backup.
type unreadable struct{ error }

func (u *unreadable) Unwrap() error { return u.error }

// rolledBack is the error of a restore that was undone: the previous keys are in place.
type rolledBack struct{ error }

func (r *rolledBack) Unwrap() error { return r.error }

// final reports whether a restore would fail with the error every time.
func final(err error) bool {
	_, cannotRead := errors.AsType[*unreadable](err)
	return cannotRead || slices.ContainsFunc([]error{
		kv.ErrOutOfMemory, kv.ErrStorageFull, kv.ErrNotSupported, kv.ErrConflict, kv.ErrInvalid, kv.ErrProjectNotFound,
	}, func(kind error) bool { return errors.Is(err, kind) })
}

// finish replaces the keys, or continues to, and then the access data. From here on a restore ends with the keys of the
// backup or with the previous ones. Errors: rolledBack; others if it is to continue later.
func (r *restore) finish(ctx context.Context, lease *lifecycle.Lease) error {
	if !r.whole() {
		if _, err := r.control.Project(ctx, r.o.Into); errors.Is(err, kv.ErrProjectNotFound) {
			return cmp.Or(r.clear(ctx, lease.Store), error(&rolledBack{err}))
		}
	}
	p := r.lock.pending()
	cause := error(kv.Refuse(kv.ErrConflict, "%s", p.Cause))
	if !p.Back {
		err := r.forward(ctx, lease, p.Stage == restoringAccess)
		if err == nil || !final(err) {
			return err
		}
		cause = err
	}
	err := r.back(ctx, lease, p, cause)
	if err == nil {
		return &rolledBack{cause}
	}
	if _, cannotRead := errors.AsType[*unreadable](err); cannotRead {
		// Try both directions again: the first backup that becomes readable ends the restore.
		_ = r.lock.change(ctx, func(p *pending) { p.Back, p.Cause = false, "" })
		elsewhere := ""
		if r.shared {
			elsewhere = "; if the server that started the restore keeps them in its own directory, start that server (and use the same --backup-to for all)"
		}
		return kv.Refuse(kv.ErrUnavailable, "neither the backup can be restored (%s), nor the one made before (%s)%s",
			explain(cause), explain(err), elsewhere)
	}
	return err
}

// forward replaces the keys by those of the backup, unless that is done, and restores the access data.
func (r *restore) forward(ctx context.Context, lease *lifecycle.Lease, there bool) error {
	if !r.inspected {
		if err := r.checkBackup(ctx, lease.Store); err != nil {
			return err
		}
	}
	if !there {
		if err := r.replaceKeys(ctx, lease.Store); err != nil {
			return err
		}
	}
	if !r.whole() {
		_, err := r.control.Project(ctx, r.o.Into) // it may have been deleted meanwhile
		return err
	}
	if err := r.restoreAccess(ctx); err != nil {
		return err
	}
	return r.service.KeysRestored(ctx)
}

// back restores the previous keys.
func (r *restore) back(ctx context.Context, lease *lifecycle.Lease, p pending, cause error) error {
	old := &restore{Manager: r.Manager, lock: r.lock}
	if p.Before != "" {
		m, err := r.Backup(ctx, p.Before)
		if err == nil {
			_, err = r.inspect(ctx, m)
		}
		if err != nil && ctx.Err() == nil {
			return &unreadable{err}
		}
		if err != nil {
			return err
		}
		old.backup = m
	}
	deleted, err := r.deleting(ctx, 0)
	if err == nil && !r.whole() {
		if _, err = r.control.Project(ctx, r.o.Into); errors.Is(err, kv.ErrProjectNotFound) {
			deleted, err = append(deleted, r.o.Into), nil
		}
	}
	if err != nil {
		return err
	}
	err = r.lock.change(ctx, func(p *pending) { p.Back, p.Cause = true, explain(cause) })
	if err != nil {
		return err
	}
	r.log.Warn("a restore is rolled back", "backup", p.Backup, "to", p.Before, "error", cause)
	old.projects = slices.DeleteFunc(slices.Clone(r.projects), func(id kv.ProjectID) bool { return slices.Contains(deleted, id) })
	if err := r.clear(ctx, lease.Store); err != nil || p.Before == "" {
		return err
	}
	if err = old.replaceKeys(ctx, lease.Store); errors.Is(err, errNotStored) {
		r.log.Warn("keys differ from those before the restore: does the store evict keys, or another program write to it?",
			"before", p.Before, "error", err)
		return nil
	}
	return err
}

var errNotStored = errors.New("keys differ from what was stored")

// replaceKeys replaces the keys of the projects by those of the backup and compares them, up to maxTries times. Errors:
// errNotStored of kind ErrConflict; those of the files and the store.
func (r *restore) replaceKeys(ctx context.Context, store kv.Store) error {
	for range maxTries {
		r.done = Restored{}
		if err := r.clear(ctx, store); err != nil {
			return err
		}
		if err := r.copyKeys(ctx, store); err != nil {
			return err
		}
		if err := r.compare(ctx, store); err != nil || r.done.Changed == 0 {
			return err
		}
	}
	return fmt.Errorf("%w: %w", errNotStored, kv.Refuse(kv.ErrConflict, "%d keys differ from the backup: "+
		"does the store evict keys, or another program write to it?", r.done.Changed))
}

// clear deletes the keys of the projects.
func (r *restore) clear(ctx context.Context, store kv.Store) error {
	there, err := store.ProjectIDs(ctx)
	if err != nil {
		return err
	}
	r.showProgress("remove the existing keys", 0)
	for _, p := range there {
		if !r.replaces(p) {
			continue
		}
		if err := store.DeleteProject(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// replaces reports whether the keys of the project are replaced.
func (r *restore) replaces(p kv.ProjectID) bool {
	_, found := slices.BinarySearch(r.projects, p)
	return found
}

// restoreAccess restores projects, tokens and API keys.
func (r *restore) restoreAccess(ctx context.Context) error {
	if r.o.KeysOnly {
		return nil
	}
	if err := r.lock.change(ctx, func(p *pending) { p.Stage = restoringAccess }); err != nil {
		return err
	}
	r.showProgress("restore projects and tokens", 0)
	return r.control.ImportAccess(ctx, r.access)
}
