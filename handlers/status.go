// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
)

// statusBody is the state of the service. The second half is for SystemRead alone.
type statusBody struct {
	Enabled     bool    `json:"enabled" example:"true" doc:"Whether KV storage is on."`
	Healthy     bool    `json:"healthy" example:"true" doc:"Whether the store answered a PING made now."`
	Version     *string `json:"version" example:"7.4.2" doc:"What the running server reports; null where there is none."`
	DockerImage *string `json:"docker_image" example:"docker.io/library/redis:8-alpine" doc:"The image that was asked for; null where there is none."`
	Engine      *string `json:"engine" example:"podman" doc:"embedded, podman or external; null before the first enable."`

	// These are nil without SystemRead, and point to nil where the value is not known.
	MaxMemory   **string `json:"max_memory,omitempty" nullable:"true" example:"256mb" doc:"The limit in force, as read from the server, of a Cluster the smallest of its masters; 0 for none; null: not known. While the service is off: that of the settings."`
	UsedMemory  *int64   `json:"used_memory,omitempty" example:"1048576" doc:"Bytes."`
	Persistence **bool   `json:"persistence,omitempty" nullable:"true" example:"true" doc:"Whether data survives a restart of the store, as read from the server; null: not known. While the service is off: that of the settings."`
	Eviction    **string `json:"eviction,omitempty" nullable:"true" example:"noeviction" doc:"The policy in force, as read from the server: any that Redis has, such as allkeys-lfu; null: not known. While the service is off: that of the settings."`

	Message  *string          `json:"message,omitempty" doc:"What is wrong or under way, empty if nothing is."`
	Warnings *[]statusWarning `json:"warnings,omitempty" doc:"All that is known to be wrong while the service goes on."`
	Backups  *string          `json:"backups,omitempty" doc:"What is wrong with the backups that are made by themselves, empty if nothing is."`
}

// statusWarning is something that is not as it should be.
type statusWarning struct {
	Code   string `json:"code" example:"storage_full" doc:"Names the kind for programs: a client ignores those that it does not know."`
	Detail string `json:"detail" doc:"What is wrong, and what to do about it."`
}

// newStatusBody shows as much of the status as the principal may see.
func newStatusBody(s engine.Status, p *access.Principal) statusBody {
	b := statusBody{
		Enabled: s.Settings.Enabled, Healthy: s.Settings.Enabled && s.Healthy,
		DockerImage: known(cmp.Or(s.Settings.DockerImage, s.Server.Image)), Engine: known(string(s.Settings.Engine)),
	}
	if b.Enabled {
		b.Version = known(s.Server.Version)
	}
	if p.Can(access.SystemRead) {
		inForce := newInForce(s)
		b.MaxMemory, b.Persistence, b.Eviction = &inForce.maxMemory, &inForce.persistence, &inForce.eviction
		b.UsedMemory = &s.Server.UsedMemory
		b.Message = &s.Message
		warnings := make([]statusWarning, len(s.Warnings))
		for i, w := range s.Warnings {
			warnings[i] = statusWarning{string(w.Code), w.Detail}
		}
		b.Warnings = &warnings
	}
	return b
}

// inForce are the settings as they hold, nil where that is not known.
type inForce struct {
	maxMemory, eviction *string
	persistence         *bool
}

// newInForce returns what the server reports; while the service is off, what it would be turned on with, where that is ours
// to decide.
func newInForce(s engine.Status) (f inForce) {
	switch {
	case s.Settings.Enabled:
		if limit := s.Server.MaxMemory; limit != nil {
			f.maxMemory = new(writtenAs(*limit, s.Settings.MaxMemory))
		}
		f.persistence, f.eviction = s.Server.Persistence, known(string(s.Server.Eviction))
	case s.Settings.Engine != engine.External:
		f.maxMemory = new(cmp.Or(string(s.Settings.MaxMemory), "0"))
		f.persistence, f.eviction = &s.Settings.Persistence, known(string(s.Settings.Eviction))
	}
	return f
}

// writtenAs writes a limit as the settings do, where it is the one that they ask for.
func writtenAs(limit int64, asked engine.Memory) string {
	if asked != "" && asked.Bytes() == limit {
		return string(asked)
	}
	return string(engine.MemoryOf(limit))
}

// known returns nil for what is not known.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type statusOutput struct{ Body statusBody }

const statusExample = `{"enabled":true,"healthy":true,"version":"8.2.1","docker_image":null,"engine":"external",` +
	`"max_memory":"0","used_memory":1048576,"persistence":true,"eviction":"noeviction","message":"","warnings":[],"backups":""}`

func registerStatus(a *API) {
	register(a, operation{
		id: "kvStatus", method: http.MethodGet, path: "/api/kv/status", tag: managementTag, summary: "How the service is",
		description: "For any valid token. max_memory, used_memory, persistence, eviction, message, warnings and backups are shown with " +
			"SystemRead alone.",
		response: statusExample,
	}, func(ctx context.Context, sc *scope, _ *noInput) (*statusOutput, error) {
		b := newStatusBody(a.service.Status(ctx), sc.principal)
		if a.backups != nil && sc.principal.Can(access.SystemRead) {
			b.Backups = new(a.backupTrouble(ctx, b.Enabled))
		}
		return &statusOutput{b}, nil
	})
}
