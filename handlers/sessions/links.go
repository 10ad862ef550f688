// SPDX-License-Identifier: Apache-2.0

package sessions

import (
	"maps"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Links are codes that each sign one browser in with an API key, at the server that made them. The zero value works.
type Links struct {
	mu    sync.Mutex
	links map[access.TokenHash]link // by the hash of the code
}

type link struct {
	key   access.TokenHash
	until time.Time
}

// maxLinks bounds the codes that were not used yet.
const maxLinks = 100

// New makes a code that signs one browser in with the API key of that hash, until then. The zero hash stands for
// access.FirstAdministrator. Beyond maxLinks the code that ends first makes room.
func (l *Links) New(key access.TokenHash, now, until time.Time) access.Token {
	code := access.NewToken(access.SetupCode)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.links == nil {
		l.links = map[access.TokenHash]link{}
	}
	maps.DeleteFunc(l.links, func(_ access.TokenHash, k link) bool { return !now.Before(k.until) })
	if len(l.links) >= maxLinks {
		l.dropFirst()
	}
	l.links[code.Hash()] = link{key, until}
	return code
}

func (l *Links) dropFirst() {
	var first access.TokenHash
	var ends time.Time
	for code, k := range l.links {
		if ends.IsZero() || k.until.Before(ends) {
			first, ends = code, k.until
		}
	}
	delete(l.links, first)
}

// Redeem uses a code up, and returns the hash of its API key. Errors: kv.ErrUnauthorized.
func (l *Links) Redeem(code access.Token, now time.Time) (access.TokenHash, error) {
	sent := code.Hash()
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.links[sent]
	delete(l.links, sent)
	if !ok || !now.Before(k.until) {
		return k.key, errUsed
	}
	return k.key, nil
}

var errUsed = kv.Refuse(kv.ErrUnauthorized, "this link was used before, or is too old: make another one with tempskv dashboard, or "+
	"paste an API key")
