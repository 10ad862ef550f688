// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"context"
	"sync/atomic"
)

// Account is the memory that one request holds. The nil Account holds nothing and has no bound.
type Account struct {
	memory *memory
	holder *holder
	taken  atomic.Int64
	keeps  atomic.Int32 // how often Release has still to be called
}

// Account returns the account of a request. It counts for the project if that is known, else for the credential; an empty
// one stands for all callers who have none. The caller has to call Release once.
func (l *Limiter) Account(p *Project, credential string) *Account {
	if l == nil || l.memory.max == 0 {
		return nil
	}
	a := &Account{memory: &l.memory}
	a.keeps.Store(1)
	switch {
	case p != nil:
		a.holder = &p.memory
	default:
		if a.holder = l.holders.get(credential); a.holder == nil {
			h := newHolder()
			a.holder = l.holders.add(credential, &h)
		}
	}
	return a
}

// Take takes n bytes, and waits up to Config.MemoryTime for them. Errors: ErrMemory; ErrTimeout if ctx ends first.
func (a *Account) Take(ctx context.Context, n int64) error {
	if a == nil {
		return nil
	}
	if err := a.memory.take(ctx, a.holder, n); err != nil {
		a.memory.refused.Add(1)
		return err
	}
	a.taken.Add(n)
	return nil
}

// Try takes n bytes if there is room now. Errors: ErrMemory.
func (a *Account) Try(n int64) error {
	if a == nil {
		return nil
	}
	if !a.memory.try(a.holder, n) {
		a.memory.refused.Add(1)
		return ErrMemory
	}
	a.taken.Add(n)
	return nil
}

// Cover takes what is missing to n bytes in all, as Take.
func (a *Account) Cover(ctx context.Context, n int64) error {
	if missing := n - a.Taken(); a != nil && missing > 0 {
		return a.Take(ctx, missing)
	}
	return nil
}

// Taken returns how many bytes the request has taken.
func (a *Account) Taken() int64 {
	if a == nil {
		return 0
	}
	return a.taken.Load()
}

// Keep makes the bytes count until release is called, even after Release.
func (a *Account) Keep() (release func()) {
	if a == nil {
		return func() {}
	}
	a.keeps.Add(1)
	return a.Release
}

// Release gives all bytes back, once nobody keeps them.
func (a *Account) Release() {
	if a != nil && a.keeps.Add(-1) == 0 {
		a.memory.give(a.holder, a.taken.Load())
	}
}

// Memory is the state of the budget for what requests hold.
type Memory struct {
	Max     int64 // bytes; 0 is no bound
	Taken   int64 // bytes
	Refused int64 // requests that got no memory
}

// Memory returns the state of the budget.
func (l *Limiter) Memory() Memory {
	m := &l.memory
	return Memory{m.max, m.taken.Load(), m.refused.Load()}
}
