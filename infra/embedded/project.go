// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// ProjectIDs returns the ids of the projects that have keys, in ascending order. Errors: as kv.Store.
func (s *Store) ProjectIDs(ctx context.Context) (ids []kv.ProjectID, err error) {
	err = s.read(ctx, func(inner context.Context, r *reader) error {
		rows, err := r.projects.QueryContext(inner, s.config.now())
		if err != nil {
			return sqlite.Err(err)
		}
		defer rows.Close()
		for rows.Next() {
			if ctx.Err() != nil {
				return sqlite.Err(ctx.Err())
			}
			var id kv.ProjectID
			if err := rows.Scan(&id); err != nil {
				return sqlite.Err(err)
			}
			ids = append(ids, id)
		}
		return sqlite.Err(rows.Err())
	})
	return ids, err
}

// DeleteProject deletes every key of the project, and its stored outcomes, some at a time, so that other writes can run
// in between. It may be called again after an error, and continues. Errors: as kv.Store.
func (s *Store) DeleteProject(ctx context.Context, p kv.ProjectID) error {
	for _, owner := range []kv.ProjectID{p, outcomesOf(p)} {
		for n := 1; n > 0; {
			err := s.write(ctx, p, extent{keys: maxRemoved}, func(ctx context.Context, w *writer) (err error) {
				n, err = w.removeSome(ctx, w.owned, int64(owner))
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
