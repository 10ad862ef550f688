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

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// RestoreOptions select what is restored, and where to. The zero value restores everything in the backup.
type RestoreOptions struct {
	// Project is the only project to restore; 0: all projects of the backup.
	Project kv.ProjectID
	// Into is an existing project that gets the keys; 0: the project that they were backed up from.
	Into kv.ProjectID
	// Replace removes existing keys; without it, a project that holds keys is refused.
	Replace bool
	// KeysOnly leaves projects, tokens and API keys unchanged when a backup of the whole service is restored.
	KeysOnly bool
	// By describes the caller for the audit log, without time and result. Without an action there is no audit entry.
	By access.AuditEntry
}

// Restored is the result of a restore.
type Restored struct {
	Keys    int64 // restored
	Expired int64 // not restored because they had expired
	Changed int64 // always 0: keys cannot change during a restore
	// Before is the id of a backup of the replaced keys, empty if there were none.
	Before string
	// Aside is where data are kept that the engine could not start with and that were replaced; empty if there are
	// none.
	Aside string
	// Recorded reports whether an audit entry is written when the restore ends, because it was not refused at once. It
	// is valid with an error, too.
	Recorded bool
}

// Restore restores a backup, or one project of it. It first backs up what it replaces. If the engine supports that, a
// backup of the whole service is restored into an empty store, which replaces the one in use when it has all keys;
// otherwise, and for one project, the keys go into the store in use. Data calls of the projects are refused from the
// backup of what is replaced until the last key is stored. The restore continues if ctx ends, and after the process
// ends.
//
// Errors: ErrBackupNotFound; ErrBackupDamaged; ErrProjectNotFound; ErrConflict if there are keys and Replace is not
// set; ErrNotSupported for keys of a type that the engine does not have; ErrDisabled; ErrBusy; ErrOutcomeUnknown if ctx
// ends first, or if the restore was interrupted and will continue; those of the files, the store and the control data,
// after which the keys are unchanged.
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

// restore is a running Restore.
type restore struct {
	*Manager
	backup   Manifest
	o        RestoreOptions
	projects []kv.ProjectID // whose keys are replaced, in ascending order
	// inspected is set once the backup was read completely; access is then what it holds.
	inspected bool
	access    archive.Access

	lock   *restoreLock // nil until the journal names this restore
	locked atomic.Bool
	done   Restored
	// present are keys that existed when those of the backup were stored: keys that occur twice in it.
	present map[keyID]bool
	// unsaved is set if what is replaced could not be backed up.
	unsaved bool
}

// keyID is a key of a project.
type keyID struct {
	project kv.ProjectID
	key     kv.Key
}

// whole reports whether all of a backup of the whole service is restored.
func (r *restore) whole() bool { return r.backup.Scope == WholeService && r.o.Project == 0 }

// check completes the options, and refuses contradictions.
func (r *restore) check() error {
	if r.whole() {
		if r.o.Into != 0 {
			return kv.Refuse(kv.ErrInvalid, "into needs project_id: this backup holds many projects")
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

// selects reports whether the record is restored, and sets its project to the one that gets it.
func (r *restore) selects(record *kv.Record) bool {
	if r.o.Project == 0 {
		return r.replaces(record.Project)
	}
	ours := record.Project == r.o.Project
	record.Project = r.o.Into
	return ours
}

// checkBackup reads the whole backup, and refuses what the store cannot hold or the control data cannot take.
func (r *restore) checkBackup(ctx context.Context, store kv.Store) error {
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
			return kv.Refuse(kv.ErrConflict, "project %d was deleted, and its keys are still being removed: try again in a "+
				"minute or two", p)
		}
	}
	return err
}

// refuseTypes refuses types of keys that the store cannot hold, before anything is changed.
func refuseTypes(store kv.Store, types map[string]int64) error {
	var refused []string
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if !store.Takes(name) {
			refused = append(refused, fmt.Sprintf("%d of type %s", types[name], name))
		}
	}
	if len(refused) > 0 {
		return kv.Refuse(kv.ErrNotSupported, "this engine holds only strings, but the backup has other keys (%s): "+
			"restore it with an engine that uses Redis", strings.Join(refused, ", "))
	}
	return nil
}

// unmark returns the cause of an unreadable error.
func unmark(err error) error {
	if u, ok := errors.AsType[*unreadable](err); ok {
		return u.error
	}
	return err
}
