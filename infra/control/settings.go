// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"fmt"

	"github.com/tempskv/tempskv/handlers/engine"
)

// settings are engine.Settings with the names under which they are stored.
type settings struct {
	Enabled     bool            `json:"enabled"`
	Engine      engine.Name     `json:"engine"`
	Provisioned bool            `json:"provisioned"`
	DockerImage string          `json:"docker_image"`
	MaxMemory   engine.Memory   `json:"max_memory"`
	Persistence bool            `json:"persistence"`
	Eviction    engine.Eviction `json:"eviction"`
	RedisURL    string          `json:"redis_url"`
}

// EncodeSettings returns the settings as they are stored.
func EncodeSettings(s engine.Settings) (string, error) {
	text, err := json.Marshal(settings(s))
	if err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	return string(text), nil
}

// DecodeSettings is the reverse of EncodeSettings. Empty text, as before the first save, is engine.DefaultSettings.
func DecodeSettings(text string) (engine.Settings, error) {
	if text == "" {
		return engine.DefaultSettings(), nil
	}
	stored := settings(engine.DefaultSettings()) // for a setting that is newer than what is stored
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return engine.Settings{}, fmt.Errorf("stored settings: %w", err)
	}
	return engine.Settings(stored), nil
}
