// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"fmt"

	"github.com/tempskv/tempskv/handlers/kv"
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

// EncodeSettings returns the settings as they are stored.
func EncodeSettings(s kv.Settings) (string, error) {
	text, err := json.Marshal(settings(s))
	if err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	return string(text), nil
}

// DecodeSettings is the reverse of EncodeSettings. Empty text, as before the first save, is kv.DefaultSettings.
func DecodeSettings(text string) (kv.Settings, error) {
	if text == "" {
		return kv.DefaultSettings(), nil
	}
	stored := settings(kv.DefaultSettings()) // for a setting that is newer than what is stored
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return kv.Settings{}, fmt.Errorf("stored settings: %w", err)
	}
	return kv.Settings(stored), nil
}
