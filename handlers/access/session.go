// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/subtle"
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
	// Key is the hash of the API key of the session: the session has its permissions and ends with it. It is zero if a setup
	// code opened the session: see FirstAdministrator.
	Key TokenHash
	// Secret is the hash of what the session's own pages keep.
	Secret TokenHash
	// KeyID and KeyName are those of the API key.
	KeyID, KeyName string
	// IP is the address that signed in.
	IP string
	// LastUsedAt lags behind by less than UseStep. It is CreatedAt if the session was never used.
	CreatedAt, LastUsedAt, ExpiresAt time.Time
}

// Has reports whether secret is the one that the session's own pages keep.
func (s *Session) Has(secret TokenHash) bool {
	return subtle.ConstantTimeCompare(s.Secret[:], secret[:]) == 1
}

// UseStep is the time between two recorded uses of a session.
const UseStep = 10 * time.Second

// UseDue reports whether a use at the time now is to be recorded.
func (s *Session) UseDue(now time.Time) bool {
	return s.LastUsedAt.Equal(s.CreatedAt) || now.Sub(s.LastUsedAt) >= UseStep
}

const (
	// MaxSessionsOfKey bounds how many browsers are signed in with one API key.
	MaxSessionsOfKey = 32
	// MaxSessions bounds how many browsers are signed in.
	MaxSessions = 10_000
	// MaxDownloads bounds the download codes of one session that were not used yet.
	MaxDownloads = 8
)

// Sessions stores sessions by the hashes of their cookies. They outlive the process, and servers that share control data share
// them.
type Sessions interface {
	Downloads
	// AuthenticateHash is Authenticator.Authenticate for the API key of a session.
	AuthenticateHash(ctx context.Context, key TokenHash) (*Principal, error)
	// OpenSession stores a session until it expires or is ended. Beyond MaxSessionsOfKey another one of its API key ends, and
	// beyond MaxSessions one of the key that has most: first those that were never used, then the one that was not used for
	// longest. A caller who signs in again and again ends only their own.
	OpenSession(ctx context.Context, cookie TokenHash, s Session) error
	// Session returns a session. Errors: kv.ErrUnauthorized if there is none with that cookie, or it has expired;
	// kv.ErrUnavailable.
	Session(ctx context.Context, cookie TokenHash) (Session, error)
	// UseSession records that a session, as Session returned it, was used at that time. It does nothing if the session was
	// ended, or used elsewhere meanwhile.
	UseSession(ctx context.Context, cookie TokenHash, s Session, at time.Time) error
	// ListSessions returns all sessions that have not expired, oldest first.
	ListSessions(ctx context.Context) ([]Session, error)
	// EndSession ends the session of a cookie, if there is one.
	EndSession(ctx context.Context, cookie TokenHash) error
	// EndSessionByID ends a session. Errors: kv.ErrSessionNotFound.
	EndSessionByID(ctx context.Context, id string) error
	// EndSessionsOf ends all sessions of an API key.
	EndSessionsOf(ctx context.Context, keyID string) error
}

// Downloads stores codes that each allow one download.
type Downloads interface {
	// PermitDownload lets the session download what is named, once, by a code with that hash. Beyond MaxDownloads its oldest
	// permission ends.
	PermitDownload(ctx context.Context, cookie, code TokenHash, what string, until time.Time) error
	// TakeDownload uses a permission up and returns the session. Errors: kv.ErrUnauthorized if it has no such permission, or
	// has ended.
	TakeDownload(ctx context.Context, cookie, code TokenHash, what string) (Session, error)
}
