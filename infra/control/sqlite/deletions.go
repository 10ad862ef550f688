// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// Deletions returns the deleted projects whose keys may still be in the store.
func (s *Store) Deletions(ctx context.Context) ([]engine.Deletion, error) {
	return query(ctx, s.db.Read, scanDeletion, "SELECT id, deleted_at FROM projects WHERE sweep ORDER BY id")
}

// Deleted records that the keys of a deleted project are gone.
func (s *Store) Deleted(ctx context.Context, id kv.ProjectID) error {
	return s.exec(ctx, "UPDATE projects SET sweep = 0 WHERE id = ?", id)
}

// Unverified returns the projects whose id was not checked against the store.
func (s *Store) Unverified(ctx context.Context) ([]kv.ProjectID, error) {
	return query(ctx, s.db.Read, scanID, "SELECT id FROM projects WHERE unverified ORDER BY id")
}

// Verify records that the ids were checked against the store, which holds no keys under them.
func (s *Store) Verify(ctx context.Context, ids []kv.ProjectID) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "UPDATE projects SET unverified = 0 WHERE id = ?", id); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

func scanID(rows *sql.Rows) (id kv.ProjectID, err error) {
	err = rows.Scan(&id)
	return id, err
}

func scanDeletion(rows *sql.Rows) (d engine.Deletion, err error) {
	var at int64
	err = rows.Scan(&d.Project, &at)
	d.At = control.FromMicro(at)
	return d, err
}
