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

// linkTime is how long a link that signs in can be used.
const linkTime = 30 * time.Minute

type sessionLinkOutput struct {
	Body struct {
		Code      access.Token `json:"code" example:"su_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q" doc:"It signs one browser in, once: open /setup of this server with # and the code behind it, or send it to createSession as the token."`
		ExpiresAt time.Time    `json:"expires_at" example:"2030-01-02T15:34:05Z" doc:"In UTC, 30 minutes from now."`
	}
}

func registerSessionLink(a *API) {
	register(a, operation{
		id: "createSessionLink", method: http.MethodPost, path: "/api/session/link", tag: accessTag,
		summary: "Make a link that signs a browser in",
		description: "Returns a code that signs one browser in with the caller's own API key, once, within 30 minutes, at this server. " +
			"The session ends with that key. Where the caller is the command line on the server's machine, it signs the first " +
			"administrator in.",
		status: http.StatusCreated, audited: true, target: "session", errors: []error{kv.ErrNotSupported},
		supported: (*API).supportsSessions,
		response:  `{"code":"su_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q","expires_at":"2030-01-02T15:34:05Z"}`,
	}, a.createSessionLink)
}

func (a *API) createSessionLink(_ context.Context, sc *scope, _ *noInput) (*sessionLinkOutput, error) {
	if sc.principal.Project != 0 {
		return nil, errTokenSignsNobodyIn
	}
	var key access.TokenHash // zero: the first administrator
	switch {
	case sc.session != nil:
		key = sc.session.Key
	case sc.principal.ID != access.CommandLine().ID: // whose token ends with the server
		key = bearer(sc.request).Hash()
	}
	out, now := &sessionLinkOutput{}, a.now()
	out.Body.ExpiresAt = now.Add(linkTime).UTC()
	out.Body.Code = a.links.New(key, now, out.Body.ExpiresAt)
	sc.writer.Header().Set("Cache-Control", "no-store")
	return out, nil
}

// identifyLink returns the hash of the API key that a code stands for, zero for none, and whom it signs in.
func (a *API) identifyLink(ctx context.Context, code access.Token) (key access.TokenHash, p *access.Principal, err error) {
	if a.setupCode.Redeem(code) == nil {
		return key, access.FirstAdministrator(), nil
	}
	if key, err = a.links.Redeem(code, a.now()); err != nil {
		return key, nil, err
	}
	p, err = a.holder(ctx, access.Session{Key: key})
	return key, p, err
}

// isLink reports whether what signs in is the code of a link.
func isLink(t access.Token) bool { return strings.HasPrefix(string(t), string(access.SetupCode)) }

var errTokenSignsNobodyIn = kv.Refuse(kv.ErrPermissionDenied, "a deployment token signs nobody in: use an API key")
