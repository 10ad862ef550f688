// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// AddCredential stores c under the hash of its token and returns it with ID and CreatedAt set.
// Errors: ErrProjectNotFound.
func (s *Store) AddCredential(ctx context.Context, c access.Credential, h access.TokenHash) (access.Credential, error) {
	if err := s.mayGrow(); err != nil {
		return access.Credential{}, err
	}
	c.ID = control.NewID()
	err := s.write(ctx, func(tx *sql.Tx) (func(), error) { return s.insert(ctx, tx, &c, h, false) })
	if err != nil {
		return access.Credential{}, err
	}
	return c, nil
}

// insert adds a new credential, and rounds its times to what will be read back.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, c *access.Credential, h access.TokenHash,
	noChecksum bool) (committed func(), err error) {
	c.CreatedAt, c.ExpiresAt, c.LastUsedAt = control.Now(), control.FromMicro(control.ToMicro(c.ExpiresAt)), time.Time{}
	return s.keep(ctx, tx, archive.Credential{Credential: *c, Hash: h, Unchecked: noChecksum})
}

// keep adds the credential as it is. Errors: ErrProjectNotFound.
func (s *Store) keep(ctx context.Context, tx *sql.Tx, c archive.Credential) (committed func(), err error) {
	if c.Project != 0 {
		if err := findProject(ctx, tx, c.Project); err != nil {
			return nil, err
		}
	}
	projects, err := json.Marshal(c.Projects)
	if err != nil {
		return nil, fmt.Errorf("projects of a credential: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO credentials (id, hash, name, permissions, project, projects, prefix, "+
		"last4, no_checksum, created_at, expires_at, last_used_at) VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?)",
		c.ID, c.Hash[:], c.Name, c.Permissions.String(), c.Project, string(projects), c.Prefix,
		c.Last4, c.Unchecked, control.ToMicro(c.CreatedAt), control.ToMicro(c.ExpiresAt), control.ToMicro(c.LastUsedAt))
	return func() { s.admit(control.NewBearer(c.Credential, c.Hash), c.Unchecked) }, err
}

// findProject returns ErrProjectNotFound if there is no such project.
func findProject(ctx context.Context, tx *sql.Tx, id kv.ProjectID) error {
	err := tx.QueryRowContext(ctx, "SELECT id FROM projects WHERE id = ? AND deleted_at = 0", id).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return kv.ErrProjectNotFound
	}
	return err
}

// Tokens lists a project's deployment tokens, oldest first. Errors: ErrProjectNotFound.
func (s *Store) Tokens(ctx context.Context, p kv.ProjectID) ([]access.Credential, error) {
	if _, ok := s.projects.Load(p); !ok {
		return nil, kv.ErrProjectNotFound
	}
	return s.list(ctx, "project = ?", p)
}

// APIKeys lists the API keys, oldest first.
func (s *Store) APIKeys(ctx context.Context) ([]access.Credential, error) {
	return s.list(ctx, "project IS NULL")
}

// RevokeToken revokes a deployment token of that project. Errors: ErrProjectNotFound, ErrTokenNotFound.
func (s *Store) RevokeToken(ctx context.Context, p kv.ProjectID, id string) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		if err := findProject(ctx, tx, p); err != nil {
			return nil, err
		}
		return s.revokeOne(ctx, tx, "project = ? AND id = ?", p, id)
	})
}

// RevokeAPIKey revokes an API key; the last one with SystemAdmin only with force. Errors: ErrTokenNotFound, ErrConflict.
func (s *Store) RevokeAPIKey(ctx context.Context, id string, force bool) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		if err := checkLastAdmin(ctx, tx, id); err != nil && !force {
			return nil, err
		}
		return s.revokeOne(ctx, tx, "project IS NULL AND id = ?", id)
	})
}

// isAdmin selects the API keys with SystemAdmin.
const isAdmin = "project IS NULL AND ',' || permissions || ',' LIKE '%,SystemAdmin,%'"

// checkLastAdmin returns ErrConflict if the API key is the last with SystemAdmin.
func checkLastAdmin(ctx context.Context, tx *sql.Tx, id string) error {
	now, expiry := time.Now(), int64(0)
	err := tx.QueryRowContext(ctx, "SELECT expires_at FROM credentials WHERE id = ? AND (expires_at = 0 OR expires_at > ?) AND "+isAdmin,
		id, control.ToMicro(now)).Scan(&expiry)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	until := control.ToMicro(now.Add(access.LastAdminTime))
	if expiry != 0 {
		until = min(until, expiry)
	}
	var others int
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM credentials WHERE id <> ? AND (expires_at = 0 OR expires_at >= ?) AND "+isAdmin,
		id, until).Scan(&others)
	if err == nil && others == 0 {
		err = control.ErrLastAdmin
	}
	return err
}

func (s *Store) revokeOne(ctx context.Context, tx *sql.Tx, where string, args ...any) (func(), error) {
	hashes, err := revoke(ctx, tx, where, args...)
	if err == nil && len(hashes) == 0 {
		err = kv.ErrTokenNotFound
	}
	return func() { s.forgetAll(hashes) }, err
}

// revoke deletes the credentials that match where, and returns their hashes.
func revoke(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]access.TokenHash, error) {
	return query(ctx, tx, func(rows *sql.Rows) (h access.TokenHash, err error) {
		err = rows.Scan(scanHash{&h})
		return h, err
	}, "DELETE FROM credentials WHERE "+where+" RETURNING hash", args...)
}

// scanHash reads a hash as database/sql does not.
type scanHash struct{ to *access.TokenHash }

// Scan fulfils sql.Scanner.
func (h scanHash) Scan(from any) error {
	if text, ok := from.([]byte); !ok || copy(h.to[:], text) != len(h.to) {
		return fmt.Errorf("a token's hash is damaged: %T", from)
	}
	return nil
}
