// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// memory is what a request is checked against. Reading a sync.Map takes no lock, and
// the cost of a change does not depend on their number.
type memory struct {
	credentials sync.Map // access.TokenHash -> *control.Bearer
	projects    sync.Map // kv.ProjectID -> access.ProjectLimits; not those of deleted projects
	// unchecked is an administrator's own key that Plausible takes for a mistyped one of ours.
	unchecked atomic.Pointer[control.Bearer]
	asked     atomic.Uint64          // how many tokens were looked up
	restore   atomic.Pointer[string] // the document that says what is being restored
}

// CacheStats reports how the memory is used. It holds all credentials.
func (m *memory) CacheStats() control.CacheStats {
	stats := control.CacheStats{Hits: m.asked.Load()}
	m.credentials.Range(func(any, any) bool {
		stats.Entries++
		return true
	})
	if m.unchecked.Load() != nil {
		stats.Entries++
	}
	return stats
}

// Authenticate returns who holds the token, and notes that it was used. It answers from memory, without a lock.
// Errors: ErrUnauthorized if it is malformed, unknown, expired or revoked.
func (s *Store) Authenticate(_ context.Context, t access.Token) (*access.Principal, error) {
	return s.holder(s.find(t))
}

// AuthenticateHash is Authenticate for a token that was valid, of which only the hash is known.
func (s *Store) AuthenticateHash(_ context.Context, h access.TokenHash) (*access.Principal, error) {
	return s.holder(s.bearer(h))
}

// holder returns who a bearer is, and notes the use of the token. Errors: ErrUnauthorized if there is none.
func (s *Store) holder(b *control.Bearer) (*access.Principal, error) {
	s.asked.Add(1)
	if b == nil {
		return nil, kv.ErrUnauthorized
	}
	at := time.Now()
	if b.Expired(at) {
		return nil, kv.ErrUnauthorized
	}
	if b.Use(at) {
		s.used.Store(true)
	}
	return &b.Principal, nil
}

// find returns who holds the token, or nil.
func (m *memory) find(t access.Token) *control.Bearer {
	if t.Plausible() {
		if b, ok := m.credentials.Load(t.Hash()); ok {
			return b.(*control.Bearer)
		}
		return nil
	}
	if b := m.unchecked.Load(); b != nil && len(t) <= access.MaxToken && t.Hash() == b.Hash {
		return b
	}
	return nil
}

// HasProject reports whether there is such a project, from memory.
func (s *Store) HasProject(_ context.Context, id kv.ProjectID) (bool, error) {
	_, ok := s.projects.Load(id)
	return ok, nil
}

// ProjectLimits returns a project's own limits, from memory; none if there is no such project.
func (s *Store) ProjectLimits(_ context.Context, id kv.ProjectID) (access.ProjectLimits, error) {
	limits, _ := s.projects.Load(id)
	own, _ := limits.(access.ProjectLimits)
	return own, nil
}

// AddLocal accepts a token until the store is closed. The token is neither listed nor stored.
func (s *Store) AddLocal(p access.Principal, h access.TokenHash) {
	s.credentials.Store(h, &control.Bearer{Principal: p, Hash: h, Local: true})
}

// admit accepts the token of a bearer.
func (m *memory) admit(b *control.Bearer, noChecksum bool) {
	if noChecksum {
		m.unchecked.Store(b)
		return
	}
	m.credentials.Store(b.Hash, b)
}

// forgetAll makes the tokens invalid.
func (m *memory) forgetAll(hashes []access.TokenHash) {
	for _, h := range hashes {
		m.credentials.Delete(h)
		if b := m.unchecked.Load(); b != nil && b.Hash == h {
			m.unchecked.Store(nil)
		}
	}
}

// bearer returns who holds the token of that hash, or nil.
func (m *memory) bearer(h access.TokenHash) *control.Bearer {
	if b, ok := m.credentials.Load(h); ok {
		return b.(*control.Bearer)
	}
	if b := m.unchecked.Load(); b != nil && b.Hash == h {
		return b
	}
	return nil
}
