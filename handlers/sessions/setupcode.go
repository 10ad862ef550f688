// SPDX-License-Identifier: Apache-2.0

// Package sessions decides who may sign in at the dashboard, in the memory of one process; access.Sessions keeps who is signed
// in. The mains wire it into package handlers.
package sessions

import (
	"crypto/subtle"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

// SetupCode is a code that signs one browser in as the first administrator, at the server that made it. Its zero value works:
// there is no code.
type SetupCode struct {
	mu    sync.Mutex
	code  access.TokenHash
	until time.Time // the zero time if there is no code that was not used
}

// New makes a code that works once, for as long as that lasts. The code before it ends.
func (s *SetupCode) New(lasts time.Duration) access.Token {
	code := access.NewToken(access.SetupCode)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code, s.until = code.Hash(), time.Now().Add(lasts)
	return code
}

// Redeem uses a code up. Errors: ErrUnauthorized.
func (s *SetupCode) Redeem(code access.Token) error {
	sent := code.Hash()
	s.mu.Lock()
	defer s.mu.Unlock()
	if subtle.ConstantTimeCompare(sent[:], s.code[:]) != 1 || !time.Now().Before(s.until) {
		return errUsed
	}
	s.until = time.Time{}
	return nil
}

// Redeemable reports whether there is a code that can still be redeemed.
func (s *SetupCode) Redeemable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until)
}
