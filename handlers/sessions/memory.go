// SPDX-License-Identifier: Apache-2.0

// Package sessions keeps who is signed in at the dashboard in the memory of one process. A restart signs everybody out,
// and behind several gateways a browser has to stay with one of them. The mains wire it into package handlers.
package sessions

import (
	"context"
	"crypto/subtle"
	"slices"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// maxOfKey bounds how many browsers are signed in with one API key.
	maxOfKey = 32
	// maxSessions bounds how many browsers are signed in.
	maxSessions = 10_000
)

// Memory is access.Sessions. Its zero value works.
type Memory struct {
	mu        sync.Mutex
	sessions  map[access.TokenHash]access.Session
	of        map[string]int // sessions of each API key
	invited   invitation
	downloads []download
}

// OpenSession keeps a session until it expires or is ended.
func (m *Memory) OpenSession(_ context.Context, cookie access.TokenHash, s access.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions == nil {
		m.sessions, m.of = map[access.TokenHash]access.Session{}, map[string]int{}
	}
	m.makeRoom(s.KeyID, time.Now())
	m.sessions[cookie] = s
	m.of[s.KeyID]++
	return nil
}

// full reports whether there are too many sessions for another one of the API key.
func (m *Memory) full(key string) bool {
	return m.of[key] >= maxOfKey || len(m.sessions) >= maxSessions
}

// makeRoom forgets what has expired if there are too many sessions and, if there still are, one of the same API key or, if that
// has few, one of the key with the most: a caller who signs in again and again ends only their own.
func (m *Memory) makeRoom(key string, now time.Time) {
	if !m.full(key) {
		return
	}
	for cookie, s := range m.sessions {
		if !now.Before(s.ExpiresAt) {
			m.remove(cookie)
		}
	}
	if !m.full(key) {
		return
	}
	if m.of[key] < maxOfKey {
		for k, n := range m.of {
			if n > m.of[key] {
				key = k
			}
		}
	}
	var first access.TokenHash
	var used time.Time
	for cookie, s := range m.sessions {
		if s.KeyID == key && (used.IsZero() || s.LastUsedAt.Before(used)) {
			first, used = cookie, s.LastUsedAt
		}
	}
	m.remove(first)
}

// remove forgets a session, if there is one. The caller holds the lock.
func (m *Memory) remove(cookie access.TokenHash) {
	s, ok := m.sessions[cookie]
	if !ok {
		return
	}
	delete(m.sessions, cookie)
	if m.of[s.KeyID]--; m.of[s.KeyID] <= 0 {
		delete(m.of, s.KeyID)
	}
}

// Session returns a session, and records its use. Errors: ErrUnauthorized if there is none with that cookie and that secret, or
// it has expired.
func (m *Memory) Session(_ context.Context, cookie, secret access.TokenHash) (access.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[cookie]; !ok || subtle.ConstantTimeCompare(s.Secret[:], secret[:]) != 1 {
		return access.Session{}, kv.ErrUnauthorized
	}
	return m.use(cookie)
}

// use returns a session, and records its use. The caller holds the lock.
func (m *Memory) use(cookie access.TokenHash) (access.Session, error) {
	s, ok := m.sessions[cookie]
	now := time.Now()
	if !ok || !now.Before(s.ExpiresAt) {
		m.remove(cookie)
		return access.Session{}, kv.ErrUnauthorized
	}
	s.LastUsedAt = now
	m.sessions[cookie] = s
	return s, nil
}

// ListSessions returns all sessions, oldest first.
func (m *Memory) ListSessions(context.Context) ([]access.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]access.Session, 0, len(m.sessions))
	now := time.Now()
	for _, s := range m.sessions {
		if now.Before(s.ExpiresAt) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b access.Session) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, nil
}

// EndSession ends the session of a cookie, if there is one.
func (m *Memory) EndSession(_ context.Context, cookie access.TokenHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(cookie)
	return nil
}

// EndSessionByID ends a session. Errors: ErrSessionNotFound.
func (m *Memory) EndSessionByID(_ context.Context, id string) error {
	if !m.end(func(s access.Session) bool { return s.ID == id }) {
		return kv.ErrSessionNotFound
	}
	return nil
}

// EndSessionsOf ends all sessions of an API key.
func (m *Memory) EndSessionsOf(_ context.Context, keyID string) error {
	m.end(func(s access.Session) bool { return s.KeyID == keyID })
	return nil
}

// end ends the sessions that match, and reports whether there were any.
func (m *Memory) end(match func(access.Session) bool) (found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for cookie, s := range m.sessions {
		if match(s) {
			m.remove(cookie)
			found = true
		}
	}
	return found
}
