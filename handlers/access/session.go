// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"time"
)

// The prefixes of tokens for browser sessions.
const (
	SetupCode     TokenPrefix = "su_" // signs in once, as the link that serve prints does
	SessionCookie TokenPrefix = "ss_"
	CSRFToken     TokenPrefix = "cs_"
)

// Session is a browser that is logged in.
type Session struct {
	// Bearer is the API key of the session: the session has its permissions and ends with it. It is a secret that is
	// neither shown nor written to disk.
	Bearer Token
	// CSRF is a secret of the session's own page, which other pages do not know.
	CSRF      Token
	ExpiresAt time.Time
}

// Sessions stores sessions by the hashes of their cookies.
type Sessions interface {
	// OpenSession stores a session until it expires or is ended.
	OpenSession(ctx context.Context, cookie TokenHash, s Session) error
	// Session returns a session. Errors: kv.ErrUnauthorized if there is none or it has expired.
	Session(ctx context.Context, cookie TokenHash) (Session, error)
	// EndSession ends a session, if there is one.
	EndSession(ctx context.Context, cookie TokenHash) error
	// Redeem returns the API key of a setup code, once. Errors: kv.ErrUnauthorized.
	Redeem(ctx context.Context, code Token) (Token, error)
}
