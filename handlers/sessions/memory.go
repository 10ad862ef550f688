// SPDX-License-Identifier: Apache-2.0

// Package sessions keeps who is signed in at the dashboard in the memory of one process. A restart signs everybody out,
// and behind several gateways a browser has to stay with one of them. The mains wire it into package handlers.
package sessions

import (
	"context"
	"crypto/subtle"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// maxSessions bounds how many browsers are signed in: the one that would expire first makes room.
const maxSessions = 1000

// Memory is access.Sessions. Its zero value works.
type Memory struct {
	mu       sync.Mutex
	sessions map[access.TokenHash]access.Session
	invited  invitation
}

// invitation is a setup code that was not used yet; its bearer is empty otherwise.
type invitation struct {
	code   access.TokenHash
	bearer access.Token
	until  time.Time
}

// Invite makes a code that signs one browser in as the bearer of the API key, for as long as that lasts. The code
// before it ends.
func (m *Memory) Invite(bearer access.Token, lasts time.Duration) access.Token {
	code := access.NewToken(access.SetupCode)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.invited = invitation{code.Hash(), bearer, time.Now().Add(lasts)}
	return code
}

// Redeem returns the API key that a setup code stands for, once. Errors: ErrUnauthorized.
func (m *Memory) Redeem(_ context.Context, code access.Token) (access.Token, error) {
	sent := code.Hash()
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.invited
	same := subtle.ConstantTimeCompare(sent[:], i.code[:]) == 1
	if !same || i.bearer == "" || !time.Now().Before(i.until) {
		return "", kv.Refuse(kv.ErrUnauthorized, "this link was used before, or is too old: restart the server for "+
			"another, or paste an API key")
	}
	m.invited = invitation{}
	return i.bearer, nil
}

// OpenSession keeps a session until it expires or is ended.
func (m *Memory) OpenSession(_ context.Context, cookie access.TokenHash, s access.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions == nil {
		m.sessions = map[access.TokenHash]access.Session{}
	}
	if len(m.sessions) >= maxSessions {
		m.makeRoom(time.Now())
	}
	m.sessions[cookie] = s
	return nil
}

// makeRoom forgets what has expired, or at least the session that would next.
func (m *Memory) makeRoom(now time.Time) {
	var first access.TokenHash
	var firstEnds time.Time
	for hash, s := range m.sessions {
		if !now.Before(s.ExpiresAt) {
			delete(m.sessions, hash)
		} else if firstEnds.IsZero() || s.ExpiresAt.Before(firstEnds) {
			first, firstEnds = hash, s.ExpiresAt
		}
	}
	if len(m.sessions) >= maxSessions {
		delete(m.sessions, first)
	}
}

// Session returns a session. Errors: ErrUnauthorized if there is none, or it has expired.
func (m *Memory) Session(_ context.Context, cookie access.TokenHash) (access.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[cookie]
	if !ok || !time.Now().Before(s.ExpiresAt) {
		delete(m.sessions, cookie)
		return access.Session{}, kv.ErrUnauthorized
	}
	return s, nil
}

// EndSession ends a session, if there is one.
func (m *Memory) EndSession(_ context.Context, cookie access.TokenHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, cookie)
	return nil
}
