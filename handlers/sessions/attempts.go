// SPDX-License-Identifier: Apache-2.0

package sessions

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// freeAttempts are those to sign in that an address has before it has to wait, twice as long each time.
	freeAttempts = 5
	// longestWait bounds that, so that a mistake is never punished with more than a coffee.
	longestWait = time.Minute
	// attemptMemory is how long an address is remembered after its last attempt.
	attemptMemory = 10 * time.Minute
	// maxAddresses bounds how many addresses are remembered.
	maxAddresses = 10_000
)

// Attempts slows attempts to sign in that fail down, address by address, in bounded memory. Its zero value works.
type Attempts struct {
	mu   sync.Mutex
	seen map[string]tried
}

// tried is what an address has tried without success.
type tried struct {
	times int
	last  time.Time
}

func (t tried) wait() time.Duration {
	if t.times < freeAttempts {
		return 0
	}
	return min(time.Second<<min(t.times-freeAttempts, 10), longestWait)
}

// Take counts an attempt. It returns the time to wait if it comes too early: then it does not count.
func (a *Attempts) Take(address string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	address = Network(address)
	t := a.seen[address]
	if now.Sub(t.last) > attemptMemory {
		t = tried{}
	}
	if early := t.last.Add(t.wait()).Sub(now); early > 0 {
		return early
	}
	if a.seen == nil || len(a.seen) >= maxAddresses {
		a.forget(now)
	}
	a.seen[address] = tried{t.times + 1, now}
	return 0
}

// Wait returns the time that an address has to wait before its next attempt, 0 if it may try now.
func (a *Attempts) Wait(address string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.seen[Network(address)]
	if now.Sub(t.last) > attemptMemory {
		return 0
	}
	return max(0, t.last.Add(t.wait()).Sub(now))
}

// forget makes room: of those that are not due to be forgotten, some go in no order.
func (a *Attempts) forget(now time.Time) {
	kept := map[string]tried{}
	for address, t := range a.seen {
		if now.Sub(t.last) <= attemptMemory && len(kept) < maxAddresses/2 {
			kept[address] = t
		}
	}
	a.seen = kept
}

// Succeeded forgets the attempts of an address.
func (a *Attempts) Succeeded(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.seen, Network(address))
}

// Network returns what one caller can hardly have many of: an IPv4 address, or the /64 of an IPv6 one.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, _ := ip.Prefix(64) // 64 bits are never too many
	return prefix.String()
}
