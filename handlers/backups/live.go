// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// restoreLive restores into the store in use, within a job.
func (r *restore) restoreLive(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return unmark(err)
	}
	ctx, err := r.begin(ctx, false)
	if err != nil {
		return err
	}
	if err := r.blockAndSave(ctx); err != nil {
		r.lock.end(ctx, resultFailed, err)
		return unmark(err)
	}
	return r.carryOut(ctx)
}

// prepare refuses what can be refused before the restore is recorded in the journal.
func (r *restore) prepare(ctx context.Context) error {
	lease, err := r.service.Acquire()
	if err != nil {
		return err
	}
	defer lease.Release()
	if !r.whole() {
		if _, err := r.control.Project(ctx, r.o.Into); err != nil {
			return err
		}
	}
	if err := r.checkBackup(ctx, lease.Store); err != nil {
		return err
	}
	_, err = r.projectsInUse(ctx, lease.Store)
	return err
}

// begin records the restore in the journal, and returns the context of the lock. Errors: ErrBusy while another restore
// is running; ErrConflict if one was interrupted and Replace is not set.
func (r *restore) begin(ctx context.Context, scratch bool) (context.Context, error) {
	text, j, err := r.readJournal(ctx)
	if err == nil && j.Restore != nil && r.dead(j.Restore) && !j.Restore.changed() { // it changed nothing: end it
		if err = r.resume(ctx, text, j); err == nil {
			text, j, err = r.readJournal(ctx)
		}
	}
	if err != nil {
		return ctx, err
	}
	earlier := j.Restore
	switch {
	case earlier == nil:
	case !r.dead(earlier) || !earlier.changed() || earlier.Scratch && !scratch:
		return ctx, kv.Refuse(kv.ErrBusy, "%s", earlier.describe())
	case !r.o.Replace:
		return ctx, kv.Refuse(kv.ErrConflict, "%s", earlier.describe())
	}
	j.Restore = &pending{
		Backup: r.backup.ID, Project: r.o.Project, Into: r.o.Into, KeysOnly: r.o.KeysOnly, Scratch: scratch, Projects: r.projects,
		BegunAt: r.now(), By: newAuthor(r.o.By), Stage: preparing, Earlier: earlier,
	}
	ctx, r.lock, err = r.lockRestore(ctx, text, j)
	r.locked.Store(err == nil)
	return ctx, err
}

// readJournal returns the stored journal and its text.
func (s *Manager) readJournal(ctx context.Context) (text string, j journal, err error) {
	if text, err = s.control.Document(ctx, engine.RestoreDocument); err == nil {
		j, err = parseJournal(text)
	}
	return text, j, err
}

// blockAndSave blocks data calls, and backs up what will be replaced.
func (r *restore) blockAndSave(ctx context.Context) error {
	if err := r.lock.blockCalls(ctx, func(*pending) {}); err != nil {
		return err
	}
	before, err := r.save(ctx)
	if err != nil {
		return err
	}
	return r.lock.change(ctx, func(p *pending) { p.Stage, p.Before = replacing, before })
}

// carryOut replaces the keys. It ends the restore, or leaves it to be continued later.
func (r *restore) carryOut(ctx context.Context) error {
	before := r.lock.pending().Before
	lease, err := r.service.Acquire()
	if err == nil {
		err = r.finish(ctx, lease)
		lease.Release()
	}
	if cause := context.Cause(ctx); err != nil && ctx.Err() != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	undone, isUndone := errors.AsType[*rolledBack](err)
	switch {
	case err == nil:
		r.done.Before = before
		r.lock.end(ctx, resultOK, nil)
		return nil
	case isUndone:
		return r.undone(ctx, undone.error)
	}
	r.lock.release(ctx, err)
	return kv.Refuse(kv.ErrOutcomeUnknown, "the restore was interrupted (%s) and continues automatically when possible; data calls are "+
		"refused until it has finished, as the status shows", explainTrouble(err))
}

// explainTrouble is explain for errors that may be temporary.
func explainTrouble(err error) string {
	var refusal *kv.Refusal
	if !errors.As(err, &refusal) && (errors.Is(err, kv.ErrUnavailable) || errors.Is(err, kv.ErrTimeout)) {
		return "the store or the control data are not available"
	}
	return explain(err)
}

// undone ends a restore that was rolled back, and returns the error to report.
func (r *restore) undone(ctx context.Context, cause error) error {
	result, detail := resultRolledBack, "the previous keys are back"
	if errors.Is(cause, kv.ErrProjectNotFound) {
		result, detail = resultFailed, "the project was deleted meanwhile"
	}
	r.lock.end(ctx, result, cause)
	cause = unmark(cause)
	var refusal *kv.Refusal
	if !errors.As(cause, &refusal) {
		refusal = &kv.Refusal{Kind: cause, Detail: explain(cause)}
	}
	return kv.Refuse(refusal.Kind, "nothing was restored, and %s: %s", detail, refusal.Detail)
}

// projectsInUse returns the projects that will get keys and already hold some. Errors: ErrConflict if Replace is not
// set.
func (r *restore) projectsInUse(ctx context.Context, store kv.Store) ([]kv.ProjectID, error) {
	there, err := store.ProjectIDs(ctx)
	if err != nil {
		return nil, err
	}
	full := slices.DeleteFunc(there, func(id kv.ProjectID) bool { return !r.replaces(id) })
	if len(full) > 0 && !r.o.Replace {
		return nil, kv.Refuse(kv.ErrConflict, "project %d already holds keys: restore into an empty project, or say that they are "+
			"to be replaced", slices.Min(full))
	}
	return full, nil
}

// save backs up what will be replaced, and returns the id of that backup; empty if there is nothing.
func (r *restore) save(ctx context.Context) (string, error) {
	lease, err := r.service.Acquire()
	if err != nil {
		return "", err
	}
	defer lease.Release()
	full, err := r.projectsInUse(ctx, lease.Store)
	if err != nil || len(full) == 0 {
		return "", err
	}
	before, err := r.create(ctx, r.o.Into, BeforeRestore) // Into is 0 for the whole service
	if err != nil {
		return "", fmt.Errorf("back up what is to be replaced: %w", err)
	}
	return before.ID, nil
}

// withUnknown adds projects that only the store knows: the keys may come from an earlier use of the Redis. The backup
// made before a restore holds all keys that are replaced.
func (s *Manager) withUnknown(ctx context.Context, d archive.Access, store kv.Store) (archive.Access, error) {
	there, err := store.ProjectIDs(ctx)
	if err != nil {
		return d, err
	}
	deleted, err := s.deleting(ctx, 0)
	for _, id := range there {
		if !slices.Contains(deleted, id) && !slices.ContainsFunc(d.Projects, func(p access.Project) bool { return p.ID == id }) {
			d.Projects = append(d.Projects, access.Project{ID: id, Name: fmt.Sprint("project ", id), CreatedAt: s.now()})
		}
	}
	return d, err
}
