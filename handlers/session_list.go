// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

type sessionEntry struct {
	ID         string    `json:"id" example:"q4hn7d2kx9ab" doc:"Names it in calls; it is no secret."`
	KeyID      string    `json:"key_id" example:"m2c7w1" doc:"The API key that it stands for; setup for the link that serve prints."`
	KeyName    string    `json:"key_name" example:"ci" doc:"What that is called."`
	IP         string    `json:"ip" example:"127.0.0.1" doc:"Where the browser signed in from."`
	CreatedAt  time.Time `json:"created_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
	LastUsedAt time.Time `json:"last_used_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
	ExpiresAt  time.Time `json:"expires_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
	Current    bool      `json:"current" doc:"Whether it is the session of this call."`
}

type sessionsOutput struct {
	Body struct {
		Sessions []sessionEntry `json:"sessions" doc:"Oldest first."`
	}
}

type sessionInput struct {
	ID credentialID `path:"id" example:"q4hn7d2kx9ab" doc:"The session's id, as listed."`
}

func (in *sessionInput) check(f *body.Violations) { in.ID.check(f, "path.id") }
func (in *sessionInput) target() string           { return "session:" + in.ID.loggable() }

func registerSessions(a *API) {
	const path = "/api/sessions"
	register(a, operation{
		id: "listSessions", method: http.MethodGet, path: path, tag: accessTag, summary: "List who is signed in",
		description: "Returns the sessions of browsers that are signed in with the caller's own API key or, for SystemAdmin, with any.",
		errors:      []error{kv.ErrNotSupported}, supported: (*API).supportsSessions,
		response: `{"sessions":[{"id":"q4hn7d2kx9ab","key_id":"m2c7w1","key_name":"ci","ip":"127.0.0.1",` +
			`"created_at":"2030-01-02T15:04:05Z","last_used_at":"2030-01-02T15:04:05Z","expires_at":"2030-01-02T15:04:05Z","current":true}]}`,
	}, a.listSessions)
	register(a, operation{
		id: "endSession", method: http.MethodDelete, path: path + "/{id}", tag: accessTag, summary: "End a session",
		description: "Signs a browser out at once. It has to be signed in with the caller's own API key, unless the caller has SystemAdmin.",
		status:      http.StatusNoContent, audited: true, errors: []error{kv.ErrNotSupported, kv.ErrSessionNotFound},
		supported: (*API).supportsSessions,
	}, a.endSession)
}

func (a *API) supportsSessions() error {
	if a.sessions == nil {
		return errNoSessions
	}
	return nil
}

// ownSessions returns the sessions that the caller may see and end.
func (a *API) ownSessions(ctx context.Context, p *access.Principal) ([]access.Session, error) {
	all, err := a.sessions.ListSessions(ctx)
	if p.Can(access.SystemAdmin) {
		return all, err
	}
	var own []access.Session
	for _, s := range all {
		if p.Project == 0 && s.KeyID == p.ID {
			own = append(own, s)
		}
	}
	return own, err
}

func (a *API) listSessions(ctx context.Context, sc *scope, _ *noInput) (*sessionsOutput, error) {
	own, err := a.ownSessions(ctx, sc.principal)
	out := &sessionsOutput{}
	out.Body.Sessions = make([]sessionEntry, len(own))
	for i, s := range own {
		out.Body.Sessions[i] = sessionEntry{
			ID: s.ID, KeyID: s.KeyID, KeyName: s.KeyName, IP: s.IP, CreatedAt: s.CreatedAt.UTC(), LastUsedAt: s.LastUsedAt.UTC(),
			ExpiresAt: s.ExpiresAt.UTC(), Current: sc.session != nil && sc.session.ID == s.ID,
		}
	}
	return out, err
}

func (a *API) endSession(ctx context.Context, sc *scope, in *sessionInput) (*struct{}, error) {
	own, err := a.ownSessions(ctx, sc.principal)
	if err != nil {
		return nil, err
	}
	for _, s := range own {
		if s.ID == string(in.ID) {
			return nil, a.sessions.EndSessionByID(ctx, s.ID)
		}
	}
	return nil, kv.ErrSessionNotFound
}
