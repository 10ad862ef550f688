// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// ExportAccess returns all projects by id, and all credentials, oldest first, as they are at one moment. Last uses lag
// behind.
func (s *Store) ExportAccess(ctx context.Context) (d archive.Access, err error) {
	tx, err := s.db.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return d, sqlite.Err(err)
	}
	defer tx.Rollback()
	if d.Projects, err = query(ctx, tx, scanProject, selectProjects+" ORDER BY id"); err != nil {
		return archive.Access{}, err
	}
	d.Credentials, err = query(ctx, tx, func(rows *sql.Rows) (archive.Credential, error) {
		r, err := scanCredential(rows)
		return archive.Credential{Credential: r.Credential, Hash: r.hash, Unchecked: r.noChecksum}, err
	}, selectCredentials+" ORDER BY seq")
	if err != nil {
		return archive.Access{}, err
	}
	return d, nil
}

// ImportAccess makes projects and credentials be as in d, all or none of them: see archive.Control. A credential whose hash or
// id exists stays as it is: the administrator's own key is that of this server. Errors: ErrConflict if the keys of a
// project that d brings back are still being deleted; ErrProjectNotFound if a credential is of a project that neither
// exists nor is in d; ErrInvalid if a project's id is out of range.
func (s *Store) ImportAccess(ctx context.Context, d archive.Access) error {
	if err := errors.Join(control.CheckArchive(d), s.mayGrow()); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		for _, p := range d.Projects {
			if err := importProject(ctx, tx, p); err != nil {
				return nil, err
			}
		}
		var admitted []func()
		for _, c := range d.Credentials {
			admit, err := s.importCredential(ctx, tx, c)
			if err != nil {
				return nil, err
			}
			admitted = append(admitted, admit)
		}
		_, err := tx.ExecContext(ctx, "UPDATE service SET last_project_id = max(last_project_id, ?)", control.LastID(d.Projects))
		return func() {
			for _, p := range d.Projects {
				s.projects.Store(p.ID, p.Limits)
			}
			for _, admit := range admitted {
				admit()
			}
		}, err
	})
}

// importProject adds a project, restores a deleted one, or changes an existing one.
func importProject(ctx context.Context, tx *sql.Tx, p access.Project) error {
	var sweep bool
	err := tx.QueryRowContext(ctx, "SELECT sweep FROM projects WHERE id = ?", p.ID).Scan(&sweep)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case sweep:
		return control.StillDeleted(p.ID)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO projects (id, name, created_at, unverified, requests_per_second, max_keys, max_bytes) "+
		"VALUES (?, ?, ?, 0, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, created_at = excluded.created_at, "+
		"deleted_at = 0, requests_per_second = excluded.requests_per_second, max_keys = excluded.max_keys, "+
		"max_bytes = excluded.max_bytes",
		p.ID, p.Name, control.ToMicro(p.CreatedAt), p.Limits.RequestsPerSecond, p.Limits.Keys, p.Limits.Bytes)
	return err
}

// importCredential adds a credential that does not exist.
func (s *Store) importCredential(ctx context.Context, tx *sql.Tx, c archive.Credential) (committed func(), err error) {
	var there bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM credentials WHERE hash = ? OR id = ?)", c.Hash[:], c.ID).Scan(&there)
	if err != nil || there {
		return func() {}, err
	}
	return s.keep(ctx, tx, c)
}
