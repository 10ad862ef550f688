// SPDX-License-Identifier: Apache-2.0

package handlers

import "github.com/tempskv/tempskv/handlers/engine"

// SettingsFields are the fields that enable and update share. It is exported because huma passes over embedded types
// that are not.
type SettingsFields struct {
	DockerImage *string          `json:"docker_image,omitempty" minLength:"1" maxLength:"512" excludes:"version" example:"docker.io/valkey/valkey:8-alpine" doc:"The image of the engine podman. Excludes version."`
	Version     *string          `json:"version,omitempty" pattern:"^[0-9]{1,4}(\\.[0-9]{1,4}){0,2}$" patternDescription:"a version such as \"8\" or \"7.2\"" example:"8" doc:"A Redis version: docker.io/library/redis:{version}-alpine. Excludes docker_image."`
	MaxMemory   *engine.Memory   `json:"max_memory,omitempty" pattern:"^([0-9]{1,18}[bB]?|[0-9]{1,9}[kKmMgG][bB]?)$" patternDescription:"an amount of memory such as \"256mb\" or \"1gb\"" example:"256mb" doc:"As Redis writes it; 0 for no limit."`
	Persistence *bool            `json:"persistence,omitempty" doc:"Whether data survives a restart of the store. Default: true."`
	Eviction    *engine.Eviction `json:"eviction,omitempty" enum:"noeviction,volatile-lru,allkeys-lru"`
	RedisURL    *string          `json:"redis_url,omitempty" minLength:"1" maxLength:"2048" example:"redis://:secret@redis.example.com:6379/0" doc:"The Redis of the engine external. It is never shown again. An update checks the new one before it leaves the old one: it has to hold the keys of this service."`
}

// change returns what the request names.
func (s *SettingsFields) change() engine.Change {
	return engine.Change{
		DockerImage: s.DockerImage, Version: s.Version, MaxMemory: s.MaxMemory, Persistence: s.Persistence,
		Eviction: s.Eviction, RedisURL: s.RedisURL,
	}
}
