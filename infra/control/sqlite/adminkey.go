// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/infra/control"
)

// EnsureAdminKey makes t the administrator's own API key; one that was set before becomes invalid. It writes
// nothing if t is that key already. Errors: ErrInvalid, see access.Token.ValidateAdminKey.
func (s *Store) EnsureAdminKey(ctx context.Context, t access.Token) error {
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

// CreateFirstKey makes an API key that may do everything and returns it, to be shown once, unless there is an API key
// already: then it returns an empty token. One that was made here, and neither confirmed nor used, was perhaps never
// shown: the new one replaces it.
func (s *Store) CreateFirstKey(ctx context.Context) (access.Token, error) {
	t, c := control.FirstKey()
	err := s.write(ctx, func(tx *sql.Tx) (func(), error) {
		text, err := document(ctx, tx, control.FirstKeyDocument)
		if err != nil {
			return nil, err
		}
		unshown, maker, _ := strings.Cut(text, " ")
		if maker == s.maker {
			unshown = "" // it is about to be shown
		}
		var others int
		err = tx.QueryRowContext(ctx, "SELECT count(*) FROM credentials WHERE project IS NULL AND NOT (id = ? AND last_used_at = 0)",
			unshown).Scan(&others)
		if err != nil || others > 0 {
			t = ""
			return nil, err
		}
		hashes, err := revoke(ctx, tx, "project IS NULL AND id = ?", unshown)
		if err != nil {
			return nil, err
		}
		admit, err := s.insert(ctx, tx, &c, t.Hash(), false)
		if err != nil {
			return nil, err
		}
		return func() {
			s.forgetAll(hashes)
			admit()
		}, putDocument(ctx, tx, control.FirstKeyDocument, c.ID+" "+s.maker)
	})
	if err != nil {
		return "", err
	}
	return t, nil
}

// ConfirmFirstKey notes that the key that CreateFirstKey made was shown, and so stays valid.
func (s *Store) ConfirmFirstKey(ctx context.Context) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		return nil, putDocument(ctx, tx, control.FirstKeyDocument, "")
	})
}
