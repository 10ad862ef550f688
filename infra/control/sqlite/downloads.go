// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/infra/control"
)

// PermitDownload lets a session download what is named, once. Beyond access.MaxDownloads its oldest permission ends.
func (s *Store) PermitDownload(ctx context.Context, cookie, code access.TokenHash, what string, until time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		_, err := tx.ExecContext(ctx, "DELETE FROM downloads WHERE expires_at <= ? OR seq IN "+
			"(SELECT seq FROM downloads WHERE cookie = ? ORDER BY seq DESC LIMIT -1 OFFSET ?)",
			control.ToMicro(time.Now()), cookie[:], access.MaxDownloads-1)
		if err != nil {
			return nil, err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO downloads (code, cookie, what, expires_at) VALUES (?, ?, ?, ?)",
			code[:], cookie[:], what, control.ToMicro(until))
		return nil, err
	})
}

// TakeDownload uses a permission up and returns the session. Errors: ErrUnauthorized if it has no such permission, or has
// ended.
func (s *Store) TakeDownload(ctx context.Context, cookie, code access.TokenHash, what string) (access.Session, error) {
	err := s.write(ctx, func(tx *sql.Tx) (func(), error) {
		return nil, deleteOne(ctx, tx, control.ErrNoDownload, "DELETE FROM downloads WHERE code = ? AND cookie = ? AND what = ? AND expires_at > ?",
			code[:], cookie[:], what, control.ToMicro(time.Now()))
	})
	if err != nil {
		return access.Session{}, err
	}
	return s.Session(ctx, cookie)
}
