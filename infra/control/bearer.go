// SPDX-License-Identifier: Apache-2.0

package control

import (
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

// Bearer is a credential in use: who holds the token, and when it was last used.
type Bearer struct {
	access.Principal
	Hash access.TokenHash
	// Local is set if it is only in the memory of this process.
	Local bool

	lastUsed atomic.Int64 // in microseconds since 1970, exact to lastUseStep
	saved    int64        // the stored part of lastUsed; only the goroutine that records uses accesses it
}

// lastUseStep keeps a busy token from writing to memory that all cores read.
const lastUseStep = time.Second

// NewBearer returns the bearer of a stored credential.
func NewBearer(c access.Credential, h access.TokenHash) *Bearer {
	b := &Bearer{Principal: c.Principal, Hash: h, saved: ToMicro(c.LastUsedAt)}
	b.lastUsed.Store(b.saved)
	return b
}

// Use notes that the token was used, and reports whether there is something new to record.
func (b *Bearer) Use(at time.Time) bool {
	micro := at.UnixMicro()
	if micro-b.lastUsed.Load() < lastUseStep.Microseconds() {
		return false
	}
	b.lastUsed.Store(micro)
	return true
}

// LastUsed returns when the token was last used, in microseconds since 1970, 0 if never.
func (b *Bearer) LastUsed() int64 { return b.lastUsed.Load() }

// Due returns LastUsed, and whether that is still to be recorded.
func (b *Bearer) Due() (int64, bool) {
	used := b.lastUsed.Load()
	return used, used != b.saved && !b.Local
}

// Saved notes what was recorded. Due and Saved must not be called concurrently.
func (b *Bearer) Saved(used int64) { b.saved = used }
