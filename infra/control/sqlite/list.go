// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// row is a credential as it is stored.
type row struct {
	access.Credential
	hash       access.TokenHash
	noChecksum bool
}

const selectCredentials = "SELECT id, hash, name, permissions, coalesce(project, 0), projects, prefix, last4, " +
	"no_checksum, created_at, expires_at, last_used_at FROM credentials"

func scanCredential(rows *sql.Rows) (r row, err error) {
	var permissions, projects string
	var createdAt, expiresAt, lastUsedAt int64
	err = rows.Scan(&r.ID, scanHash{&r.hash}, &r.Name, &permissions, &r.Project, &projects, &r.Prefix, &r.Last4,
		&r.noChecksum, &createdAt, &expiresAt, &lastUsedAt)
	if err != nil {
		return row{}, err
	}
	for name := range strings.SplitSeq(permissions, ",") {
		p, _ := access.ParsePermission(name) // an unknown name permits nothing
		r.Permissions |= p
	}
	if err := json.Unmarshal([]byte(projects), &r.Projects); err != nil {
		return row{}, fmt.Errorf("projects of credential %s: %w", r.ID, err)
	}
	r.CreatedAt, r.ExpiresAt, r.LastUsedAt = control.FromMicro(createdAt), control.FromMicro(expiresAt), control.FromMicro(lastUsedAt)
	return r, nil
}

// list returns the credentials that match where, oldest first, with their last use as far as it is recorded.
func (s *Store) list(ctx context.Context, where string, args ...any) ([]access.Credential, error) {
	rows, err := query(ctx, s.db.Read, scanCredential, selectCredentials+" WHERE "+where+" ORDER BY seq", args...)
	if err != nil {
		return nil, err
	}
	list := make([]access.Credential, len(rows))
	for i, r := range rows {
		list[i] = r.Credential
		if b := s.bearer(r.hash); b != nil {
			list[i].LastUsedAt = control.FromMicro(max(b.LastUsed(), control.ToMicro(r.LastUsedAt)))
		}
	}
	return list, nil
}

// load fills the memory from the file.
func (s *Store) load(ctx context.Context) error {
	rows, err := query(ctx, s.db.Read, scanCredential, selectCredentials)
	if err != nil {
		return err
	}
	for _, r := range rows {
		s.admit(control.NewBearer(r.Credential, r.hash), r.noChecksum)
	}
	projects, err := query(ctx, s.db.Read, scanProject, selectProjects)
	if err != nil {
		return err
	}
	for _, p := range projects {
		s.projects.Store(p.ID, p.Limits)
	}
	restore, err := document(ctx, s.db.Read, engine.RestoreDocument)
	if err != nil {
		return err
	}
	s.restore.Store(&restore)
	var commits int64
	err = s.db.Read.QueryRowContext(ctx, "SELECT id, commits FROM service").Scan(&s.id, &commits)
	s.total.Store(commits)
	return sqlite.Err(err)
}
