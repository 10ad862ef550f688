// SPDX-License-Identifier: Apache-2.0

package sessions

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

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

// Invited reports whether there is a setup code that can still be redeemed.
func (m *Memory) Invited() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.invited.bearer != "" && time.Now().Before(m.invited.until)
}
