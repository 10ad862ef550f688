// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// OpenSession stores a session until it expires or is ended: see access.Sessions for those that make room. What a full disk
// keeps in reserve is for it too: the dashboard is a way to make room.
func (s *Store) OpenSession(ctx context.Context, cookie access.TokenHash, n access.Session) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		if err := s.makeRoom(ctx, tx, n.KeyID); err != nil {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO sessions (cookie, secret, id, key, key_id, key_name, ip, created_at, last_used_at, expires_at) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", cookie[:], n.Secret[:], n.ID, n.Key[:], n.KeyID, n.KeyName, n.IP,
			control.ToMicro(n.CreatedAt), control.ToMicro(n.LastUsedAt), control.ToMicro(n.ExpiresAt))
		return nil, err
	})
}

// makeRoom ends sessions until there is room for another one of the API key.
func (s *Store) makeRoom(ctx context.Context, tx *sql.Tx, key string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE expires_at <= ?", control.ToMicro(time.Now())); err != nil {
		return err
	}
	if err := endOldest(ctx, tx, key, access.MaxSessionsOfKey-1); err != nil {
		return err
	}
	var all, most int
	var keyWithMost string
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sessions").Scan(&all)
	if err != nil || all < s.cfg.MaxSessions {
		return err
	}
	err = tx.QueryRowContext(ctx, "SELECT key_id, count(*) FROM sessions GROUP BY key_id ORDER BY count(*) DESC, key_id = ? DESC LIMIT 1",
		key).Scan(&keyWithMost, &most)
	if err != nil {
		return err
	}
	return endOldest(ctx, tx, keyWithMost, most-1)
}

// endOldest ends sessions of an API key until so many are left: first those that were never used, then the one that was not used
// for longest.
func endOldest(ctx context.Context, tx *sql.Tx, key string, left int) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE cookie IN (SELECT cookie FROM sessions WHERE key_id = ? "+
		"ORDER BY last_used_at = created_at, last_used_at DESC LIMIT -1 OFFSET ?)", key, left)
	return err
}

const selectSessions = "SELECT secret, id, key, key_id, key_name, ip, created_at, last_used_at, expires_at FROM sessions WHERE expires_at > ?"

// Session returns a session. Errors: ErrUnauthorized if there is none with that cookie, or it has expired.
func (s *Store) Session(ctx context.Context, cookie access.TokenHash) (access.Session, error) {
	found, err := query(ctx, s.db.Read, scanSession, selectSessions+" AND cookie = ?", control.ToMicro(time.Now()), cookie[:])
	if err == nil && len(found) == 0 {
		err = kv.ErrUnauthorized
	}
	if err != nil {
		return access.Session{}, err
	}
	return found[0], nil
}

// UseSession records a use, unless another one was recorded since Session returned n.
func (s *Store) UseSession(ctx context.Context, cookie access.TokenHash, n access.Session, at time.Time) error {
	return s.exec(ctx, "UPDATE sessions SET last_used_at = ? WHERE cookie = ? AND last_used_at = ?",
		control.ToMicro(at), cookie[:], control.ToMicro(n.LastUsedAt))
}

// ListSessions returns all sessions that have not expired, oldest first.
func (s *Store) ListSessions(ctx context.Context) ([]access.Session, error) {
	return query(ctx, s.db.Read, scanSession, selectSessions+" ORDER BY created_at, id", control.ToMicro(time.Now()))
}

// EndSession ends the session of a cookie, if there is one.
func (s *Store) EndSession(ctx context.Context, cookie access.TokenHash) error {
	return s.exec(ctx, "DELETE FROM sessions WHERE cookie = ?", cookie[:])
}

// EndSessionByID ends a session. Errors: ErrSessionNotFound.
func (s *Store) EndSessionByID(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		return nil, deleteOne(ctx, tx, kv.ErrSessionNotFound, "DELETE FROM sessions WHERE id = ?", id)
	})
}

// EndSessionsOf ends all sessions of an API key.
func (s *Store) EndSessionsOf(ctx context.Context, keyID string) error {
	return s.exec(ctx, "DELETE FROM sessions WHERE key_id = ?", keyID)
}

// deleteOne runs a statement, and returns the error if it deleted nothing.
func deleteOne(ctx context.Context, tx *sql.Tx, missing error, statement string, args ...any) error {
	done, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return missing
}

func scanSession(rows *sql.Rows) (n access.Session, err error) {
	var created, used, ends int64
	err = rows.Scan(scanHash{&n.Secret}, &n.ID, scanHash{&n.Key}, &n.KeyID, &n.KeyName, &n.IP, &created, &used, &ends)
	n.CreatedAt, n.LastUsedAt, n.ExpiresAt = control.FromMicro(created), control.FromMicro(used), control.FromMicro(ends)
	return n, err
}
