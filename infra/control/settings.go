// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// settings are kv.Settings with the names under which they are stored.
type settings struct {
	Enabled     bool          `json:"enabled"`
	Engine      kv.EngineName `json:"engine"`
	Provisioned bool          `json:"provisioned"`
	DockerImage string        `json:"docker_image"`
	MaxMemory   kv.Memory     `json:"max_memory"`
	Persistence bool          `json:"persistence"`
	Eviction    kv.Eviction   `json:"eviction"`
	RedisURL    string        `json:"redis_url"`
}

// Settings returns what was saved last, kv.DefaultSettings if nothing was.
func (s *Store) Settings(ctx context.Context) (kv.Settings, error) {
	var text sql.NullString
	if err := s.db.Read.QueryRowContext(ctx, "SELECT settings FROM service").Scan(&text); err != nil {
		return kv.Settings{}, sqlite.Err(err)
	}
	if !text.Valid {
		return kv.DefaultSettings(), nil
	}
	stored := settings(kv.DefaultSettings()) // for a setting that is newer than the file
	if err := json.Unmarshal([]byte(text.String), &stored); err != nil {
		return kv.Settings{}, fmt.Errorf("stored settings: %w", err)
	}
	return kv.Settings(stored), nil
}

// SaveSettings keeps the settings in place of those before.
func (s *Store) SaveSettings(ctx context.Context, new kv.Settings) error {
	text, err := json.Marshal(settings(new))
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return s.exec(ctx, "UPDATE service SET settings = ?", string(text))
}
