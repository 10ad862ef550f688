// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// RestoreOptions say what of a backup is restored, and where. The zero value restores all that is in it.
type RestoreOptions struct {
	// Project restores the keys of one project alone; 0: of all that the backup holds.
	Project kv.ProjectID
	// Into is the project that gets them, which has to be there; 0: the one that they were of.
	Into kv.ProjectID
	// Replace removes the keys that are there; without it, a project that holds some is refused.
	Replace bool
	// KeysOnly leaves projects, tokens and API keys as they are, where a backup of the whole service is restored.
	KeysOnly bool
	// By is who asks for it, as the audit log names them: without time and result. Without an action the log is not told.
	By kv.AuditEntry
}

// Restored tells what a restore did.
type Restored struct {
	Keys    int64 // that are there now
	Expired int64 // that were not restored, since their time was over
	Changed int64 // always 0: nobody can change keys while they are restored
	// Before is the id of a backup of what was replaced, empty if there was nothing.
	Before string
	// Aside is where data are kept that the engine could not come up with, and that were replaced; empty if there were none.
	Aside string
	// Recorded reports whether the audit log is told when the restore is over: it was not refused at once. It is set with an
	// error, too.
	Recorded bool
}

// Restore restores a backup, or one project of it. What it replaces is backed up before. A backup of the whole service
// goes, where the engine can do that, into an empty store that takes the place of the one in use once all its keys are
// there; else, and for one project, the keys go into the store in use. Data calls of the projects are refused from the
// backup of what is replaced on to the last key. It goes on if ctx ends, and where the process ends.
//
// Errors: ErrBackupNotFound; ErrBackupDamaged; ErrProjectNotFound; ErrConflict where there are keys that would have to be
// replaced; ErrNotSupported for keys of a type that the engine has not; ErrDisabled; ErrBusy; ErrOutcomeUnknown if ctx
// ends first, or if it was interrupted and goes on by itself; those of the files, the store and the control data, after
// which the keys are as they were before.
func (s *Manager) Restore(ctx context.Context, id string, o RestoreOptions) (Restored, error) {
	m, err := s.Backup(ctx, id)
	if err != nil {
		return Restored{}, err
	}
	r := &restore{Manager: s, backup: m, o: o}
	if err := r.check(); err != nil {
		return Restored{}, err
	}
	if r.whole() && s.service.Restores() {
		err = r.switchStores(ctx)
	} else {
		err = s.service.RunShared(ctx, lifecycle.Restore, r.restoreLive)
	}
	if err != nil {
		return Restored{Recorded: r.locked.Load()}, err
	}
	r.done.Recorded = true
	return r.done, nil
}

// restore is one Restore.
type restore struct {
	*Manager
	backup   Manifest
	o        RestoreOptions
	projects []kv.ProjectID // whose keys are replaced, in ascending order
	// inspected tells that the backup was read as a whole, and that access is what it holds.
	inspected bool
	access    kv.AccessData

	lock   *restoreLock // nil until the journal names this restore
	locked atomic.Bool
	done   Restored
	// present are keys that were there when theirs of the backup came: those that come twice.
	present map[keyID]bool
	// unsaved is set where what is replaced could not be backed up.
	unsaved bool
}

// place is where a key is.
type keyID struct {
	project kv.ProjectID
	key     kv.Key
}

// whole tells whether all of a backup of the whole service is restored.
func (r *restore) whole() bool { return r.backup.Scope == WholeService && r.o.Project == 0 }

// check completes the options, and refuses what they cannot mean.
func (r *restore) check() error {
	if r.whole() {
		if r.o.Into != 0 {
			return kv.Refuse(kv.ErrInvalid, "into goes with project_id: this backup holds many projects")
		}
		for _, p := range r.backup.Projects {
			r.projects = append(r.projects, p.ID)
		}
		slices.Sort(r.projects)
		return nil
	}
	if r.o.Project == 0 {
		r.o.Project = r.backup.Project
	}
	if r.o.Into == 0 {
		r.o.Into = r.o.Project
	}
	if !slices.ContainsFunc(r.backup.Projects, func(p ProjectKeys) bool { return p.ID == r.o.Project }) {
		return kv.Refuse(kv.ErrConflict, "the backup holds no project %d", r.o.Project)
	}
	r.projects = []kv.ProjectID{r.o.Into}
	return nil
}

// takes tells whether the record is restored, and where to.
func (r *restore) selects(record *kv.Record) bool {
	if r.o.Project == 0 {
		return r.replaces(record.Project)
	}
	ours := record.Project == r.o.Project
	record.Project = r.o.Into
	return ours
}

// look reads the backup as a whole, and refuses what the store cannot hold or the control data cannot take.
func (r *restore) checkBackup(ctx context.Context, s kv.Store) error {
	store, err := portable(s)
	if err != nil {
		return err
	}
	found, err := r.inspect(ctx, r.backup)
	if err != nil && ctx.Err() == nil {
		return &unreadable{err}
	}
	if err != nil {
		return err
	}
	r.inspected, r.access = true, found.access
	if err := refuseTypes(store, found.types); err != nil {
		return err
	}
	deleted, err := r.deleting(ctx, 0)
	for _, p := range r.projects {
		if slices.Contains(deleted, p) && r.whole() {
			return kv.Refuse(kv.ErrConflict, "the keys of project %d, which was deleted, are still being removed: try again in a "+
				"minute or two", p)
		}
	}
	return err
}

// refuseTypes refuses keys that the store cannot hold, before anything is touched.
func refuseTypes(store kv.Portable, types map[string]int64) error {
	var refused []string
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if !store.Takes(name) {
			refused = append(refused, fmt.Sprintf("%d of type %s", types[name], name))
		}
	}
	if len(refused) > 0 {
		return kv.Refuse(kv.ErrNotSupported, "this engine holds strings alone, and the backup has other keys (%s): "+
			"restore it where the engine is a Redis", strings.Join(refused, ", "))
	}
	return nil
}

// plain returns an error that was marked for Restore's own use as it was.
func unmark(err error) error {
	if u, ok := errors.AsType[*unreadable](err); ok {
		return u.error
	}
	return err
}
