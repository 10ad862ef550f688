// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Settings returns what was saved last, engine.DefaultSettings if nothing was.
func (s *Store) Settings(ctx context.Context) (engine.Settings, error) {
	var text sql.NullString
	if err := s.db.Read.QueryRowContext(ctx, "SELECT settings FROM service").Scan(&text); err != nil {
		return engine.Settings{}, sqlite.Err(err)
	}
	return control.DecodeSettings(text.String)
}

// SaveSettings keeps the settings in place of those before.
func (s *Store) SaveSettings(ctx context.Context, new engine.Settings) error {
	text, err := control.EncodeSettings(new)
	if err != nil {
		return err
	}
	return s.exec(ctx, "UPDATE service SET settings = ?", text)
}
