// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/infra/control"
)

// EnsureCredential adds c under the hash of its token, unless there is a credential with that hash, or EnsureCredential ever
// added one: a token that was revoked stays revoked. It returns the credential with ID and CreatedAt set, and whether it was
// added. Errors: ErrProjectNotFound.
func (s *Store) EnsureCredential(ctx context.Context, c access.Credential, h access.TokenHash) (access.Credential, bool, error) {
	name := control.EnsuredDocument(h)
	if id, err := s.Document(ctx, name); err != nil || id != "" {
		return access.Credential{}, false, err
	}
	if err := s.mayGrow(); err != nil {
		return access.Credential{}, false, err
	}
	c.ID = control.NewID()
	added := false
	err := s.write(ctx, func(tx *sql.Tx) (committed func(), err error) {
		var before int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM credentials WHERE hash = ?", h[:]).Scan(&before); err != nil {
			return nil, err
		}
		if before == 0 {
			added = true
			if committed, err = s.insert(ctx, tx, &c, h, false); err != nil {
				return nil, err
			}
		}
		return committed, putDocument(ctx, tx, name, c.ID)
	})
	if err != nil || !added {
		return access.Credential{}, false, err
	}
	return c, true, nil
}
