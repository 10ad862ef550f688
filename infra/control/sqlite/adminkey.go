// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// EnsureAdminKey makes t the administrator's own API key; one that was set before works no more. It writes
// nothing if t is it already. Errors: ErrInvalid, see kv.Token.ValidateAdminKey.
func (s *Store) EnsureAdminKey(ctx context.Context, t kv.Token) error {
	c, err := control.AdminKey(t)
	if err != nil {
		return err
	}
	hash := t.Hash()
	if b := s.bearer(hash); b != nil && b.ID == control.AdminID {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		// The same key may also have been made here before: then it becomes this one.
		hashes, err := revoke(ctx, tx, "id = ? OR hash = ?", control.AdminID, hash[:])
		if err != nil {
			return nil, err
		}
		admit, err := s.insert(ctx, tx, &c, hash, !t.Plausible())
		return func() {
			s.forgetAll(hashes)
			admit()
		}, err
	})
}

// CreateFirstKey makes an API key that may do everything and returns it, to be shown once, unless
// there is an API key already: then it returns an empty token.
func (s *Store) CreateFirstKey(ctx context.Context) (kv.Token, error) {
	t, c := control.FirstKey()
	err := s.write(ctx, func(tx *sql.Tx) (func(), error) {
		var keys int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM credentials WHERE project IS NULL").Scan(&keys)
		if err != nil || keys > 0 {
			t = ""
			return nil, err
		}
		return s.insert(ctx, tx, &c, t.Hash(), false)
	})
	if err != nil {
		return "", err
	}
	return t, nil
}
