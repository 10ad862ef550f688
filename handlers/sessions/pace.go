// SPDX-License-Identifier: Apache-2.0

package sessions

import (
	"maps"
	"sync"
	"time"
)

// Pace bounds how often each of many may do something, in bounded memory: Burst times at once, then once in Every.
type Pace struct {
	Burst int
	Every time.Duration

	mu   sync.Mutex
	full map[string]time.Time // when each may do it Burst times again
}

// maxPaced bounds how many are remembered. Those who rest are forgotten first.
const maxPaced = 10_000

// Take returns 0 and counts, or the time to wait.
func (p *Pace) Take(who string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := now.Add(p.Every)
	if full := p.full[who]; full.After(now) {
		next = full.Add(p.Every)
	}
	if over := next.Sub(now) - time.Duration(p.Burst)*p.Every; over > 0 {
		return over
	}
	if p.full == nil {
		p.full = map[string]time.Time{}
	}
	if len(p.full) >= maxPaced {
		maps.DeleteFunc(p.full, func(_ string, full time.Time) bool { return !full.After(now) })
	}
	if len(p.full) >= maxPaced {
		clear(p.full)
	}
	p.full[who] = next
	return 0
}
