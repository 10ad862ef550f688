// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
}

// Restored tells what a restore did.
type Restored struct {
	Keys    int64 // that are there now
	Expired int64 // that were not restored, since their time was over
	Changed int64 // that somebody changed meanwhile, in a store in use
	// Before is the id of a backup of what was replaced, empty if there was nothing.
	Before string
	// Aside is where data are kept that the engine could not come up with, and that were replaced; empty if there were none.
	Aside string
}

// Restore restores a backup, or one project of it. What it replaces is backed up before. A backup of the whole service
// goes, where the engine can do that, into an empty store that takes the place of the one in use once all its keys are
// there; else, and for one project, the keys go into the store in use. It goes on if ctx ends.
//
// Errors: ErrBackupNotFound; ErrBackupDamaged; ErrProjectNotFound; ErrConflict where there are keys that would have to be
// replaced; ErrNotSupported for keys of a type that the engine has not; ErrDisabled; ErrBusy; ErrOutcomeUnknown if ctx
// ends first; those of the files, the store and the control data.
func (s *Service) Restore(ctx context.Context, id string, o RestoreOptions) (Restored, error) {
	m, err := s.Backup(ctx, id)
	if err != nil {
		return Restored{}, err
	}
	r := &restore{Service: s, backup: m, o: o}
	if err := r.check(); err != nil {
		return Restored{}, err
	}
	if r.whole() && s.service.Restores() {
		results := make(chan Restored, 1)
		aside, err := s.service.RestoreAll(ctx, func(ctx context.Context, scratch kv.Store) (saved bool, err error) {
			done, err := r.fill(ctx, scratch)
			results <- done
			return !r.unsaved, err
		})
		if err != nil {
			return Restored{}, err
		}
		done := <-results
		done.Aside = aside
		return done, nil
	}
	return beside(ctx, s, lifecycle.Restore, r.restoreLive)
}

// restore is one Restore.
type restore struct {
	*Service
	backup Manifest
	o      RestoreOptions
	done   Restored
	// present are keys that were there when theirs of the backup came: those that come twice, and what others wrote.
	present map[place]bool
	// unsaved is set where what is replaced could not be backed up.
	unsaved bool
}

// place is where a key is.
type place struct {
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
	return nil
}

// takes tells whether the record is restored, and where to.
func (r *restore) takes(record *kv.Record) bool {
	if r.whole() {
		return true
	}
	ours := record.Project == r.o.Project
	record.Project = r.o.Into
	return ours
}

// fill restores all into an empty store.
func (r *restore) fill(ctx context.Context, scratch kv.Store) (Restored, error) {
	store, err := portable(scratch)
	if err != nil {
		return Restored{}, err
	}
	found, err := r.inspect(ctx, r.backup)
	if err != nil {
		return Restored{}, err
	}
	if err := refuseTypes(store, found.types); err != nil {
		return Restored{}, err
	}
	if err := r.saveAll(ctx); err != nil {
		return Restored{}, err
	}
	if err := r.copyKeys(ctx, store); err != nil {
		return Restored{}, err
	}
	if err := r.compare(ctx, store, true); err != nil {
		return Restored{}, err
	}
	return r.done, r.restoreAccess(ctx, found.access)
}

// saveAll backs up what the store in use holds, if there is anything to be replaced, and that is asked for. What cannot be
// read, as where it is damaged, or the engine did not come up, is kept aside instead.
func (r *restore) saveAll(ctx context.Context) error {
	lease, err := r.service.Acquire()
	if errors.Is(err, kv.ErrUnavailable) {
		if r.o.Replace {
			r.unsaved = true
			return nil
		}
		return kv.Refuse(kv.ErrConflict, "the engine does not come up with the data that are there, so nobody knows what they are: "+
			"say that they are to be replaced, and they are kept aside")
	}
	if err != nil {
		return err
	}
	defer lease.Release()
	full, err := lease.ProjectIDs(ctx)
	if err == nil && len(full) == 0 {
		return nil
	}
	if err == nil {
		err = r.save(ctx, full)
	}
	if err != nil && r.o.Replace && ctx.Err() == nil && !errors.Is(err, kv.ErrStorageFull) {
		r.log.Warn("what is to be replaced could not be backed up, and is kept aside", "error", err)
		r.unsaved = true
		return nil
	}
	return err
}

// restoreLive restores into the store in use, within a job.
func (r *restore) restoreLive(ctx context.Context) (Restored, error) {
	lease, err := r.service.Acquire()
	if err != nil {
		return Restored{}, err
	}
	defer lease.Release()
	store, err := portable(lease.Store)
	if err != nil {
		return Restored{}, err
	}
	if !r.whole() {
		if _, err := r.control.Project(ctx, r.o.Into); err != nil {
			return Restored{}, err
		}
	}
	found, err := r.inspect(ctx, r.backup)
	if err != nil {
		return Restored{}, err
	}
	if err := refuseTypes(store, found.types); err != nil {
		return Restored{}, err
	}
	full, err := r.full(ctx, lease.Store)
	if err != nil {
		return Restored{}, err
	}
	if len(full) > 0 {
		if err := r.save(ctx, full); err != nil {
			return Restored{}, err
		}
	}
	if r.whole() { // before keys are touched: it may be refused
		if err := r.restoreAccess(ctx, found.access); err != nil {
			return Restored{}, err
		}
	}
	if err := r.replaceKeys(ctx, lease.Store, store, full); err != nil {
		return Restored{}, r.halfDone(err)
	}
	if r.whole() {
		return r.done, r.service.Refilled(ctx)
	}
	return r.done, nil
}

// replaceKeys puts the keys of the backup in the place of those of the projects, which are backed up.
func (r *restore) replaceKeys(ctx context.Context, store kv.Store, to kv.Portable, full []kv.ProjectID) error {
	if len(full) > 0 {
		r.step("remove the keys that are there", 0)
	}
	for _, p := range full {
		if err := store.DeleteProject(ctx, p); err != nil {
			return err
		}
	}
	if err := r.copyKeys(ctx, to); err != nil {
		return err
	}
	return r.compare(ctx, to, false)
}

// halfDone tells what to do about a restore that ended amid changing a store in use.
func (r *restore) halfDone(err error) error {
	detail := "the restore ended half way, the log tells why, and part of the keys are not restored: restore the backup again, " +
		"with replace"
	var refusal *kv.Refusal
	if errors.As(err, &refusal) {
		detail = "the restore ended half way, and part of the keys are not restored: restore the backup again, with replace; " +
			"what went wrong: " + refusal.Detail
	}
	if r.done.Before != "" {
		detail += "; what was replaced is in the backup " + r.done.Before
	}
	return kv.Refuse(err, "%s", detail)
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

// restoreAccess brings back projects and who may reach what.
func (r *restore) restoreAccess(ctx context.Context, d kv.AccessData) error {
	if r.o.KeysOnly {
		return nil
	}
	r.step("bring back projects and tokens", 0)
	return r.control.ImportAccess(ctx, d)
}

// full returns the projects that are to get keys and hold some.
func (r *restore) full(ctx context.Context, store kv.Store) ([]kv.ProjectID, error) {
	if !r.whole() {
		empty, err := isEmpty(ctx, store, r.o.Into)
		if err != nil || empty {
			return nil, err
		}
		return []kv.ProjectID{r.o.Into}, nil
	}
	there, err := store.ProjectIDs(ctx)
	return slices.DeleteFunc(there, func(id kv.ProjectID) bool {
		return !slices.ContainsFunc(r.backup.Projects, func(p ProjectKeys) bool { return p.ID == id })
	}), err
}

// save backs up projects whose keys are to be replaced, if that is asked for.
func (r *restore) save(ctx context.Context, full []kv.ProjectID) error {
	if !r.o.Replace {
		return kv.Refuse(kv.ErrConflict, "project %d holds keys already: restore into a project without, or say that they are "+
			"to be replaced", slices.Min(full))
	}
	project := kv.ProjectID(0) // the whole service
	if !r.whole() {
		project = r.o.Into
	}
	before, err := r.create(ctx, project, BeforeRestore)
	if err != nil {
		return fmt.Errorf("back up what is to be replaced: %w", err)
	}
	r.done.Before = before.ID
	return nil
}

// isEmpty tells whether the project holds no keys.
func isEmpty(ctx context.Context, store kv.Lister, p kv.ProjectID) (bool, error) {
	for cursor := kv.Cursor(""); ; {
		page, err := store.Scan(ctx, p, "", cursor, kv.MaxRecords)
		if err != nil || len(page.Keys) > 0 {
			return false, err
		}
		if cursor = page.Cursor; cursor == "" {
			return true, nil
		}
	}
}
