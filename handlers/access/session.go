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
	SessionSecret TokenPrefix = "cs_"
	DownloadCode  TokenPrefix = "dc_" // allows one download by a link
)

// Session is a browser that is signed in. It takes two things to use it, which do not travel together: a cookie, which a
// browser also sends to other ports of the host, and a secret that the pages of one origin keep. Neither is returned for the
// other.
type Session struct {
	// ID names the session in lists; it is not secret.
	ID string
	// Bearer is the API key of the session: the session has its permissions and ends with it. It is a secret that is
	// neither shown nor written to disk.
	Bearer Token
	// Secret is the hash of what the session's own pages keep.
	Secret TokenHash
	// KeyID and KeyName are those of the API key.
	KeyID, KeyName string
	// IP is the address that signed in.
	IP                               string
	CreatedAt, LastUsedAt, ExpiresAt time.Time
}

// Sessions stores sessions by the hashes of their cookies.
type Sessions interface {
	OneTimeCodes
	// OpenSession stores a session until it expires or is ended. Those of one API key are bounded: one that was not used for
	// longest makes room.
	OpenSession(ctx context.Context, cookie TokenHash, s Session) error
	// Session returns a session, and records its use. Errors: kv.ErrUnauthorized if there is none with that cookie and that
	// secret, or it has expired.
	Session(ctx context.Context, cookie, secret TokenHash) (Session, error)
	// ListSessions returns all sessions, oldest first.
	ListSessions(ctx context.Context) ([]Session, error)
	// EndSession ends the session of a cookie, if there is one.
	EndSession(ctx context.Context, cookie TokenHash) error
	// EndSessionByID ends a session. Errors: kv.ErrSessionNotFound.
	EndSessionByID(ctx context.Context, id string) error
	// EndSessionsOf ends all sessions of an API key.
	EndSessionsOf(ctx context.Context, keyID string) error
}

// OneTimeCodes stores codes that work once.
type OneTimeCodes interface {
	// Redeem returns the API key of a setup code. Errors: kv.ErrUnauthorized.
	Redeem(ctx context.Context, code Token) (Token, error)
	// PermitDownload lets the session download what is named, once, by a code with that hash.
	PermitDownload(ctx context.Context, cookie, code TokenHash, what string, until time.Time) error
	// TakeDownload uses a permission up and returns the session. Errors: kv.ErrUnauthorized if it has no such permission, or
	// has ended.
	TakeDownload(ctx context.Context, cookie, code TokenHash, what string) (Session, error)
}
