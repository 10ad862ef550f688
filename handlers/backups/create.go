// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// Create makes a backup of one project, or of the whole service if project is 0. It continues if ctx ends. Errors:
// ErrProjectNotFound; ErrDisabled; ErrBusy; ErrNotSupported; ErrOutcomeUnknown if ctx ends first; those of the files, the
// store and the control data.
func (s *Manager) Create(ctx context.Context, project kv.ProjectID) (Manifest, error) {
	return s.makeBackup(ctx, project, Manual)
}

// makeBackup is Create for any trigger.
func (s *Manager) makeBackup(ctx context.Context, project kv.ProjectID, t Trigger) (Manifest, error) {
	return runShared(ctx, s, lifecycle.Backup, func(ctx context.Context) (Manifest, error) {
		if err := s.service.Distrust(); err != nil { // a backup of the remains would replace good ones
			return Manifest{}, err
		}
		m, err := s.create(ctx, project, t)
		if err != nil {
			return m, err
		}
		if err := s.removeStrays(ctx, strayTime); err != nil {
			s.log.Warn("remove the remains of incomplete backups", "error", err)
		}
		if t != Scheduled {
			return m, nil
		}
		return m, s.readBack(ctx, m)
	})
}

// runShared runs shared work that has a result.
func runShared[T any](ctx context.Context, s *Manager, a lifecycle.Action, do func(context.Context) (T, error)) (T, error) {
	results := make(chan T, 1)
	err := s.service.RunShared(ctx, a, func(ctx context.Context) error {
		result, err := do(ctx)
		results <- result
		return err
	})
	select {
	case result := <-results:
		return result, err
	default: // it did not begin, panicked, or goes on
		return *new(T), err
	}
}

// create makes a backup within a job. The backup is complete once its manifest is written.
func (s *Manager) create(ctx context.Context, project kv.ProjectID, t Trigger) (Manifest, error) {
	lease, err := s.service.Acquire()
	if err != nil {
		return Manifest{}, err
	}
	defer lease.Release()
	deleting, err := s.deleting(ctx, project)
	if err != nil {
		return Manifest{}, err
	}
	access, err := s.accessOf(ctx, project)
	if err != nil {
		return Manifest{}, err
	}
	held := access.Projects
	if t == BeforeRestore && project == 0 {
		if access, err = s.withUnknown(ctx, access, lease.Store); err != nil {
			return Manifest{}, err
		}
	}
	replaced, err := s.guardRead(ctx, project)
	if err != nil && t != BeforeRestore {
		return Manifest{}, err
	}
	h := s.header(ctx, project)
	h.PointInTime = lease.PointInTime()
	m, err := s.writeData(ctx, h, access, lease.Store)
	if err != nil {
		return Manifest{}, err
	}
	if m.Deleting, err = s.deletedSince(ctx, deleting, held); err != nil {
		return Manifest{}, errors.Join(err, s.removeData(ctx, m))
	}
	if t != BeforeRestore {
		if err := replaced(ctx); err != nil {
			return Manifest{}, errors.Join(err, s.removeData(ctx, m))
		}
	}
	m.Trigger, m.FinishedAt = t, s.now()
	if err := s.complete(ctx, &m); err != nil {
		return Manifest{}, errors.Join(err, s.removeData(ctx, m))
	}
	if m.Scope == WholeService {
		s.note(ctx, func(p *archive.Schedule) { p.LastSuccess = m.CreatedAt })
	}
	s.log.Info("backup made", "id", m.ID, "scope", m.Scope, "trigger", t, "keys", m.Keys, "bytes", m.Size)
	return m, nil
}

// accessOf returns what a backup holds apart from keys: all access data, or only the project.
func (s *Manager) accessOf(ctx context.Context, project kv.ProjectID) (archive.Access, error) {
	if project == 0 {
		return s.control.ExportAccess(ctx)
	}
	p, err := s.control.Project(ctx, project)
	return archive.Access{Projects: []access.Project{p}}, err
}

func (s *Manager) header(ctx context.Context, project kv.ProjectID) Header {
	created, status := s.now(), s.service.Status(ctx)
	h := Header{
		Format: format, ID: newID(created), CreatedAt: created, Version: s.version, Engine: status.Settings.Engine,
		Server: status.Server.Version, Scope: WholeService, Project: project,
	}
	if project != 0 {
		h.Scope = OneProject
	}
	return h
}

// writeData writes the data file. After an error there is no file.
func (s *Manager) writeData(ctx context.Context, h Header, access archive.Access, store kv.Store) (m Manifest, err error) {
	file, err := s.files.Create(ctx, h.ID+dataSuffix)
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Discard())
		}
	}()
	w, err := newWriter(file, h)
	if err != nil {
		return m, err
	}
	if err := w.access(access); err != nil {
		return m, err
	}
	err = store.Export(ctx, h.Project, func(records []kv.Record) error {
		err := w.records(records)
		s.showProgress(fmt.Sprintf("%d keys", w.m.Keys), 0)
		return err
	})
	if err != nil {
		return m, err
	}
	if m, err = w.end(); err != nil {
		return m, err
	}
	return m, file.Commit()
}

// removeData removes the data file of an incomplete backup.
func (s *Manager) removeData(ctx context.Context, m Manifest) error {
	return undo(ctx, func(ctx context.Context) error { return s.files.Remove(ctx, m.ID+dataSuffix) })
}

// complete writes the manifest, with a sequence number after all existing ones.
func (s *Manager) complete(ctx context.Context, m *Manifest) error {
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		m.Sequence = max(m.Sequence, other.Sequence)
	}
	m.Sequence++
	return s.writeManifest(ctx, *m)
}

func (s *Manager) writeManifest(ctx context.Context, m Manifest) (err error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("backup: manifest: %w", err)
	}
	file, err := s.files.Create(ctx, m.ID+manifestSuffix)
	if err != nil {
		return err
	}
	if _, err = file.Write(append(text, '\n')); err != nil {
		return errors.Join(err, file.Discard())
	}
	return file.Commit()
}

// undoTime bounds cleaning up after a failure.
const undoTime = time.Minute

func undo(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	return f(ctx)
}
