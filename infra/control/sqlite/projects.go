// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// CreateProject creates a project with the id asked for, or else with the smallest one above the last that is not in
// use by a project, existing or deleted, or by a key. Errors: ErrConflict if the id asked for is or ever was in use,
// ErrInvalid if it is out of range.
func (s *Store) CreateProject(ctx context.Context, n access.NewProject) (access.Project, error) {
	if n.ID < 0 || n.ID > kv.MaxProjectID {
		return access.Project{}, kv.Refuse(kv.ErrInvalid, "a project id is from 1 to %d", kv.MaxProjectID)
	}
	if err := s.mayGrow(); err != nil {
		return access.Project{}, err
	}
	p := access.Project{ID: n.ID, Name: n.Name, CreatedAt: control.Now(), Limits: n.Limits}
	err := s.write(ctx, func(tx *sql.Tx) (func(), error) {
		if err := chooseID(ctx, tx, &p, n.Occupied); err != nil {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO projects (id, name, created_at, unverified, requests_per_second, "+
			"max_keys, max_bytes) VALUES (?, ?, ?, ?, ?, ?, ?)", p.ID, p.Name, control.ToMicro(p.CreatedAt), n.Unverified,
			p.Limits.RequestsPerSecond, p.Limits.Keys, p.Limits.Bytes)
		return func() { s.projects.Store(p.ID, p.Limits) }, err
	})
	if err != nil {
		return access.Project{}, err
	}
	return p, nil
}

// chooseID checks the id that p has, or gives it a fresh one.
func chooseID(ctx context.Context, tx *sql.Tx, p *access.Project, occupied []kv.ProjectID) error {
	if p.ID != 0 {
		return refuseUsed(ctx, tx, p.ID)
	}
	if err := tx.QueryRowContext(ctx, "SELECT last_project_id FROM service").Scan(&p.ID); err != nil {
		return err
	}
	for p.ID++; p.ID <= kv.MaxProjectID; p.ID++ {
		err := refuseUsed(ctx, tx, p.ID)
		switch {
		case errors.Is(err, kv.ErrConflict), err == nil && slices.Contains(occupied, p.ID):
			continue
		case err != nil:
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE service SET last_project_id = ?", p.ID)
		return err
	}
	return kv.Refuse(kv.ErrConflict, "there are no project ids left")
}

// refuseUsed returns a Refusal of kind ErrConflict if the id is or was a project's.
func refuseUsed(ctx context.Context, tx *sql.Tx, id kv.ProjectID) error {
	var deletedAt int64
	err := tx.QueryRowContext(ctx, "SELECT deleted_at FROM projects WHERE id = ?", id).Scan(&deletedAt)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case deletedAt != 0:
		return kv.Refuse(kv.ErrConflict, "project %d was deleted, and its id is never used again", id)
	default:
		return kv.Refuse(kv.ErrConflict, "there is a project %d already", id)
	}
}

const selectProjects = "SELECT id, name, created_at, requests_per_second, max_keys, max_bytes FROM projects WHERE deleted_at = 0"

func scanProject(rows *sql.Rows) (p access.Project, err error) {
	var createdAt int64
	err = rows.Scan(&p.ID, &p.Name, &createdAt, &p.Limits.RequestsPerSecond, &p.Limits.Keys, &p.Limits.Bytes)
	p.CreatedAt = control.FromMicro(createdAt)
	return p, err
}

// ListProjects returns all projects by id.
func (s *Store) ListProjects(ctx context.Context) ([]access.Project, error) {
	return query(ctx, s.db.Read, scanProject, selectProjects+" ORDER BY id")
}

// Project returns one. Errors: ErrProjectNotFound.
func (s *Store) Project(ctx context.Context, id kv.ProjectID) (access.Project, error) {
	return project(ctx, s.db.Read, id)
}

func project(ctx context.Context, db querier, id kv.ProjectID) (access.Project, error) {
	found, err := query(ctx, db, scanProject, selectProjects+" AND id = ?", id)
	switch {
	case err != nil:
		return access.Project{}, err
	case len(found) == 0:
		return access.Project{}, kv.ErrProjectNotFound
	}
	return found[0], nil
}

// UpdateProject changes a project and returns it. Errors: ErrProjectNotFound.
func (s *Store) UpdateProject(ctx context.Context, id kv.ProjectID, c access.ProjectChange) (p access.Project, err error) {
	err = s.write(ctx, func(tx *sql.Tx) (func(), error) {
		if p, err = project(ctx, tx, id); err != nil {
			return nil, err
		}
		p = p.With(c)
		_, err := tx.ExecContext(ctx, "UPDATE projects SET name = ?, requests_per_second = ?, max_keys = ?, max_bytes = ? "+
			"WHERE id = ?", p.Name, p.Limits.RequestsPerSecond, p.Limits.Keys, p.Limits.Bytes, id)
		return func() { s.projects.Store(id, p.Limits) }, err
	})
	if err != nil {
		return access.Project{}, err
	}
	return p, nil
}

// DeleteProject revokes the project's tokens at once and queues its keys for deletion. A project that is still
// unverified has no keys: it was never used with a store, and keys under its id belong to another service.
// Errors: ErrProjectNotFound.
func (s *Store) DeleteProject(ctx context.Context, id kv.ProjectID) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		var deleted kv.ProjectID
		err := tx.QueryRowContext(ctx, "UPDATE projects SET deleted_at = ?, sweep = NOT unverified, unverified = 0 "+
			"WHERE id = ? AND deleted_at = 0 RETURNING id", control.ToMicro(control.Now()), id).Scan(&deleted)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, kv.ErrProjectNotFound
		}
		if err != nil {
			return nil, err
		}
		hashes, err := revoke(ctx, tx, "project = ?", id)
		return func() {
			s.projects.Delete(id)
			s.forgetAll(hashes)
		}, err
	})
}
