// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// bySession accepts a browser that is signed in: by a cookie and the secret of its pages.
func (sc *scope) bySession(ctx context.Context) error {
	if sc.api.sessions == nil {
		return errNoSessions
	}
	return sc.resume(ctx, sessionCookies(sc.request), sc.bySecret)
}

// bySecret returns the session of a cookie if the call has its secret.
func (sc *scope) bySecret(ctx context.Context, cookie access.TokenHash) (access.Session, error) {
	secret := sc.request.Header.Get(csrfHeader)
	if secret == "" {
		return access.Session{}, errNoSecret
	}
	s, err := sc.api.sessions.Session(ctx, cookie)
	if err == nil && !s.Has(access.Token(secret).Hash()) {
		err = kv.ErrUnauthorized
	}
	return s, err
}

// resume finds the session, which find returns for one of the cookies, and whose it is.
func (sc *scope) resume(
	ctx context.Context, cookies []access.TokenHash, find func(context.Context, access.TokenHash) (access.Session, error),
) error {
	if sc.api.sessions == nil {
		return kv.ErrUnauthorized
	}
	if err := checkOrigin(sc.request); err != nil {
		return err
	}
	err := error(kv.ErrUnauthorized)
	for _, cookie := range cookies {
		var s access.Session
		if s, err = find(ctx, cookie); err == nil {
			return sc.enter(ctx, cookie, s)
		}
	}
	return err
}

// enter makes the call one of the session, which ends if its API key has.
func (sc *scope) enter(ctx context.Context, cookie access.TokenHash, s access.Session) (err error) {
	if err := checkForm(sc.request); err != nil {
		return err
	}
	sc.writer.Header().Set("Cache-Control", "no-store")
	sc.session, sc.cookie = &s, cookie
	sc.principal, err = sc.api.holder(ctx, s)
	if errors.Is(err, kv.ErrUnauthorized) {
		return errors.Join(err, sc.api.sessions.EndSession(ctx, cookie))
	}
	if err == nil {
		sc.api.noteUse(ctx, cookie, s)
	}
	return err
}

// noteUse records that a session is in use, from time to time. One whose use is not recorded may make room too early.
func (a *API) noteUse(ctx context.Context, cookie access.TokenHash, s access.Session) {
	now := a.now()
	if !s.UseDue(now) {
		return
	}
	if err := a.sessions.UseSession(ctx, cookie, s, now); err != nil {
		a.log.DebugContext(ctx, "record the use of a session", "error", err)
	}
}

// holder returns whom a session stands for. Errors: those of Authenticate.
func (a *API) holder(ctx context.Context, s access.Session) (*access.Principal, error) {
	if s.Key == (access.TokenHash{}) {
		return access.FirstAdministrator(), nil
	}
	return a.sessions.AuthenticateHash(ctx, s.Key)
}
