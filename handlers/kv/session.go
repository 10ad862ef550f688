// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
	"time"
)

// The prefixes of what a browser is signed in by.
const (
	SetupCode     TokenPrefix = "su_" // signs in once, as the link that serve prints does
	SessionCookie TokenPrefix = "ss_"
	CSRFToken     TokenPrefix = "cs_"
)

// Session is a browser that is signed in.
type Session struct {
	// Bearer is the API key that the session stands for: it may do what the key may, and ends with it. It is a secret
	// that is neither shown nor written to a disk.
	Bearer Token
	// CSRF is what calls of the session's own page know, and other pages do not.
	CSRF      Token
	ExpiresAt time.Time
}

// Sessions keeps who is signed in, by the hashes of their cookies.
type Sessions interface {
	// OpenSession keeps a session until it expires or is ended.
	OpenSession(ctx context.Context, cookie TokenHash, s Session) error
	// Session returns a session. Errors: ErrUnauthorized if there is none, or it has expired.
	Session(ctx context.Context, cookie TokenHash) (Session, error)
	// EndSession ends a session, if there is one.
	EndSession(ctx context.Context, cookie TokenHash) error
	// Redeem returns the API key that a setup code stands for, once. Errors: ErrUnauthorized.
	Redeem(ctx context.Context, code Token) (Token, error)
}
