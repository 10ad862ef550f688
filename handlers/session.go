// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type sessionRequest struct {
	Token access.Token `json:"token" minLength:"1" maxLength:"256" example:"tk_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q" doc:"An API key, or the code of the link that serve prints, which works once and for 30 minutes."`
}

type createSessionInput struct{ Body sessionRequest }

type sessionBody struct {
	ID          string         `json:"id" example:"m2c7w1" doc:"The API key that the session stands for."`
	Name        string         `json:"name" example:"ci" doc:"What that is called."`
	Permissions []string       `json:"permissions" enum:"SystemAdmin,SystemRead,KvRead,KvWrite" example:"[\"SystemAdmin\"]" doc:"What it may do."`
	ProjectIDs  []kv.ProjectID `json:"project_ids" nullable:"true" doc:"The projects that its data operations may name; null for every project."`
	CSRFToken   access.Token   `json:"csrf_token" example:"cs_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q" doc:"Send it as X-CSRF-Token with every call."`
	ExpiresAt   time.Time      `json:"expires_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
}

type sessionOutput struct{ Body sessionBody }

func newSessionOutput(p *access.Principal, s access.Session) *sessionOutput {
	return &sessionOutput{sessionBody{
		ID: p.ID, Name: p.Name, Permissions: p.Permissions.Names(), ProjectIDs: p.Projects,
		CSRFToken: s.CSRF, ExpiresAt: s.ExpiresAt.UTC(),
	}}
}

const sessionExample = `{"id":"m2c7w1","name":"ci","permissions":["SystemAdmin"],"project_ids":null,` +
	`"csrf_token":"cs_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q","expires_at":"2030-01-02T15:04:05Z"}`

var errNoSessions = kv.Refuse(kv.ErrNotSupported, "this runtime keeps no sessions: send an API key with each call")

func registerSession(a *API) {
	const path = "/api/session"
	register(a, operation{
		id: "createSession", method: http.MethodPost, path: path, tag: accessTag, summary: "Sign a browser in",
		description: "Sets the cookie " + sessionCookieName + ", which then stands for the API key in calls from this " +
			"server's own pages. Each call has to carry X-CSRF-Token, unless it says otherwise, and one that is no GET " +
			"Content-Type: application/json. " +
			"The session ends with the key, when it expires, when it is deleted, and where the server keeps sessions in " +
			"memory, with the server. Failed attempts are slowed down by address.",
		status: http.StatusCreated, audited: true, target: "session", authenticate: (*scope).anyVisitor,
		errors:   []error{kv.ErrNotSupported},
		request:  `{"token":"tk_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q"}`,
		response: sessionExample,
	}, a.createSession)
	register(a, operation{
		id: "getSession", method: http.MethodGet, path: path, tag: accessTag, summary: "Show the session",
		description: "Returns who the browser is signed in as. It needs no X-CSRF-Token.",
		errors:      []error{kv.ErrNotSupported}, browser: true, authenticate: (*scope).bySession, response: sessionExample,
	}, func(_ context.Context, sc *scope, _ *noInput) (*sessionOutput, error) {
		return newSessionOutput(sc.principal, *sc.session), nil
	})
	register(a, operation{
		id: "deleteSession", method: http.MethodDelete, path: path, tag: accessTag, summary: "Sign the browser out",
		description: "Ends the session on the server.", status: http.StatusNoContent, audited: true, target: "session",
		errors: []error{kv.ErrNotSupported}, browser: true, authenticate: (*scope).bySession,
	}, a.deleteSession)
}

// anyVisitor accepts all callers but pages of other origins: the body identifies the caller.
func (sc *scope) anyVisitor(context.Context) error {
	if sc.request.Header.Get("Origin") == "" && sc.request.Header.Get("Sec-Fetch-Site") == "" {
		return nil // no browser
	}
	return checkOrigin(sc.request)
}

// bySession accepts a browser that is signed in by a cookie.
func (sc *scope) bySession(ctx context.Context) error {
	if sc.api.sessions == nil {
		return errNoSessions
	}
	return sc.resume(ctx, sessionCookie(sc.request), sc.request.Method != http.MethodGet)
}

// resume finds the session of a cookie, and whose it is. With csrf the caller has to be the session's page.
func (sc *scope) resume(ctx context.Context, cookie access.Token, csrf bool) error {
	if sc.api.sessions == nil {
		return kv.ErrUnauthorized
	}
	hash := cookie.Hash()
	s, err := sc.api.sessions.Session(ctx, hash)
	if err != nil {
		return err
	}
	if err := checkOrigin(sc.request); err != nil {
		return err
	}
	if csrf {
		if err := checkCSRF(sc.request, s); err != nil {
			return err
		}
	}
	sc.writer.Header().Set("Cache-Control", "no-store")
	sc.principal, err = sc.api.control.Authenticate(ctx, s.Bearer)
	sc.session, sc.cookie = &s, hash
	return err
}

func (a *API) createSession(ctx context.Context, sc *scope, in *createSessionInput) (*sessionOutput, error) {
	if a.sessions == nil {
		return nil, errNoSessions
	}
	if wait := a.attempts.Take(sc.ip, a.now()); wait > 0 {
		return nil, &tooEarly{wait: wait}
	}
	bearer, err := in.Body.Token, error(nil)
	if strings.HasPrefix(string(bearer), string(access.SetupCode)) {
		if bearer, err = a.sessions.Redeem(ctx, bearer); err != nil {
			return nil, err
		}
	}
	p, err := a.control.Authenticate(ctx, bearer)
	if err != nil {
		return nil, err
	}
	if p.Project != 0 {
		return nil, kv.Refuse(kv.ErrPermissionDenied, "a deployment token signs nobody in: use an API key")
	}
	a.attempts.Succeeded(sc.ip)
	sc.principal = p
	return a.openSession(ctx, sc, bearer)
}

// openSession begins a session of the principal of the call.
func (a *API) openSession(ctx context.Context, sc *scope, bearer access.Token) (*sessionOutput, error) {
	s := access.Session{Bearer: bearer, CSRF: access.NewToken(access.CSRFToken), ExpiresAt: a.now().Add(a.sessionTime)}
	if ends := sc.principal.ExpiresAt; !ends.IsZero() && ends.Before(s.ExpiresAt) {
		s.ExpiresAt = ends
	}
	cookie := access.NewToken(access.SessionCookie)
	if err := a.sessions.OpenSession(ctx, cookie.Hash(), s); err != nil {
		return nil, err
	}
	sc.writer.Header().Set("Cache-Control", "no-store")
	setSessionCookie(sc, string(cookie), int(s.ExpiresAt.Sub(a.now()).Seconds())+1)
	return newSessionOutput(sc.principal, s), nil
}

func (a *API) deleteSession(ctx context.Context, sc *scope, _ *noInput) (*struct{}, error) {
	setSessionCookie(sc, "", -1)
	return nil, a.sessions.EndSession(ctx, sc.cookie)
}

// setSessionCookie sets the cookie for so many seconds; fewer than 0 delete it.
func setSessionCookie(sc *scope, value string, seconds int) {
	http.SetCookie(sc.writer, &http.Cookie{
		Name: sessionCookieName, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: encrypted(sc.request),
	})
}
