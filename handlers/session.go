// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type sessionRequest struct {
	Token access.Token `json:"token" minLength:"1" maxLength:"256" example:"tk_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q" doc:"An API key, or the code of a link of serve or of createSessionLink, which works once and for 30 minutes."`
}

type createSessionInput struct{ Body sessionRequest }

// SessionBody is a session as its own pages see it. It is exported because huma passes over embedded types that are not.
type SessionBody struct {
	ID          string         `json:"id" example:"m2c7w1" doc:"The API key that the session stands for."`
	Name        string         `json:"name" example:"ci" doc:"What that is called."`
	Permissions []string       `json:"permissions" enum:"SystemAdmin,SystemRead,KvRead,KvWrite" example:"[\"SystemAdmin\"]" doc:"What it may do."`
	ProjectIDs  []kv.ProjectID `json:"project_ids" nullable:"true" doc:"The projects that its data operations may name; null for every project."`
	ExpiresAt   time.Time      `json:"expires_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
}

func newSessionBody(p *access.Principal, s access.Session) SessionBody {
	return SessionBody{ID: p.ID, Name: p.Name, Permissions: p.Permissions.Names(), ProjectIDs: p.Projects, ExpiresAt: s.ExpiresAt.UTC()}
}

type createdSessionBody struct {
	SessionBody
	CSRFToken access.Token `json:"csrf_token" example:"cs_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q" doc:"The secret of the session, shown here and never again: send it as X-CSRF-Token with every call. Keep it where only pages of this origin can read it."`
}

type (
	sessionOutput        struct{ Body SessionBody }
	createdSessionOutput struct{ Body createdSessionBody }
)

const sessionExample = `"id":"m2c7w1","name":"ci","permissions":["SystemAdmin"],"project_ids":null,"expires_at":"2030-01-02T15:04:05Z"`

var errNoSessions = kv.Refuse(kv.ErrNotSupported, "this runtime keeps no sessions: send an API key with each call")

func registerSession(a *API) {
	const path = "/api/session"
	register(a, operation{
		id: "createSession", method: http.MethodPost, path: path, tag: accessTag, summary: "Sign a browser in",
		description: "Sets a cookie that stands for the API key in calls from this server's own pages, together with a secret that " +
			"this answer holds: neither is enough alone, and neither is returned for the other. Each call has to carry the " +
			"secret as X-CSRF-Token, and one that is no GET Content-Type: application/json. The cookie is called " +
			sessionCookieName + ", with _ and the port where the address has one. Over TLS, __Host- is before it and the server's base path after it, with " +
			". for each /. " +
			"The session ends with the key, when it expires, when it is deleted, when this browser signs in again, or when the " +
			"key signs in too many other browsers. Servers that share control data share sessions, and a restart ends none. Failed attempts are " +
			"slowed down by address, and successful ones by key: a right key is not held up by others that are wrong.",
		maxBody: maxSignInBody,
		status:  http.StatusCreated, audited: true, target: "session", authenticate: (*scope).anyVisitor,
		errors:   []error{kv.ErrNotSupported},
		request:  `{"token":"tk_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q"}`,
		response: `{` + sessionExample + `,"csrf_token":"cs_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q"}`,
	}, a.createSession)
	register(a, operation{
		id: "getSession", method: http.MethodGet, path: path, tag: accessTag, summary: "Show the session",
		description: "Returns who the browser is signed in as.",
		errors:      []error{kv.ErrNotSupported}, browser: true, authenticate: (*scope).bySession, response: `{` + sessionExample + `}`,
	}, func(_ context.Context, sc *scope, _ *noInput) (*sessionOutput, error) {
		return &sessionOutput{newSessionBody(sc.principal, *sc.session)}, nil
	})
	register(a, operation{
		id: "deleteSession", method: http.MethodDelete, path: path, tag: accessTag, summary: "Sign the browser out",
		description: "Ends the session on the server.", status: http.StatusNoContent, audited: true, target: "session",
		errors: []error{kv.ErrNotSupported}, browser: true, authenticate: (*scope).bySession,
	}, a.deleteSession)
}

// anyVisitor accepts all callers but pages of other origins: the body identifies the caller.
func (sc *scope) anyVisitor(context.Context) error {
	sc.checkAttempts()
	if sc.request.Header.Get("Origin") == "" && sc.request.Header.Get("Sec-Fetch-Site") == "" {
		return nil // no browser
	}
	return checkOrigin(sc.request)
}

func (a *API) createSession(ctx context.Context, sc *scope, in *createSessionInput) (*createdSessionOutput, error) {
	if a.sessions == nil {
		return nil, errNoSessions
	}
	key, p, err := a.identify(ctx, in.Body.Token)
	if err != nil {
		return nil, a.slowDown(sc, err)
	}
	sc.principal = p
	if wait := a.signIns.Take(p.ID, a.now()); wait > 0 {
		return nil, &tooEarly{wait: wait, detail: "This API key has signed in too often: wait as long as Retry-After says."}
	}
	a.attempts.Succeeded(sc.ip)
	return a.openSession(ctx, sc, key)
}

// identify returns the hash of the API key that a token is or a link stands for, zero for none, and whom it signs in.
func (a *API) identify(ctx context.Context, t access.Token) (key access.TokenHash, p *access.Principal, err error) {
	if isLink(t) {
		return a.identifyLink(ctx, t)
	}
	if p, err = a.control.Authenticate(ctx, t); err != nil {
		return key, nil, err
	}
	if p.Project != 0 {
		return key, nil, errTokenSignsNobodyIn
	}
	return t.Hash(), p, nil
}

// openSession begins a session of the principal of the call. It ends those that the browser had.
func (a *API) openSession(ctx context.Context, sc *scope, key access.TokenHash) (*createdSessionOutput, error) {
	now := a.now()
	cookie, secret := access.NewToken(access.SessionCookie), access.NewToken(access.SessionSecret)
	s := access.Session{
		ID: newSessionID(), Key: key, Secret: secret.Hash(), KeyID: sc.principal.ID, KeyName: sc.principal.Name, IP: sc.ip,
		CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(a.sessionTime),
	}
	if ends := sc.principal.ExpiresAt; !ends.IsZero() && ends.Before(s.ExpiresAt) {
		s.ExpiresAt = ends
	}
	for _, presented := range sessionCookies(sc.request) {
		if err := a.sessions.EndSession(ctx, presented); err != nil {
			return nil, err
		}
	}
	if err := a.sessions.OpenSession(ctx, cookie.Hash(), s); err != nil {
		return nil, err
	}
	sc.writer.Header().Set("Cache-Control", "no-store")
	setSessionCookie(sc, string(cookie), int(s.ExpiresAt.Sub(now).Seconds())+1)
	return &createdSessionOutput{createdSessionBody{newSessionBody(sc.principal, s), secret}}, nil
}

// newSessionID returns an id for lists. It is no secret.
func newSessionID() string { return strings.ToLower(rand.Text()[:12]) }

func (a *API) deleteSession(ctx context.Context, sc *scope, _ *noInput) (*struct{}, error) {
	setSessionCookie(sc, "", -1)
	return nil, a.sessions.EndSession(ctx, sc.cookie)
}

// setSessionCookie sets the cookie for so many seconds; fewer than 0 delete it.
func setSessionCookie(sc *scope, value string, seconds int) {
	http.SetCookie(sc.writer, &http.Cookie{
		Name: sc.api.cookieName(sc.request), Value: value, Path: sc.api.cookiePath(sc.request), MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: encrypted(sc.request),
	})
}
