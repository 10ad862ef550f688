// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"sync/atomic"
	"time"
)

// Rate is how many requests may come. The zero value is no limit.
type Rate struct {
	PerSecond int64
	// Burst is how many may come at once after a rest. Default: those of one second.
	Burst int64
}

// MaxRate bounds both numbers of a Rate.
const MaxRate = 1_000_000

// pace is a Rate in nanoseconds: a request takes step, and no more than span may be taken in advance.
type pace struct{ step, span, burst int64 }

func (r Rate) pace() pace {
	if r.PerSecond <= 0 {
		return pace{}
	}
	burst := r.Burst
	if burst <= 0 {
		burst = r.PerSecond
	}
	step := int64(time.Second) / r.PerSecond
	return pace{step: step, span: step * burst, burst: burst}
}

// bucket is a token bucket, kept as the time at which it will be full again: one word, changed without a lock. (This is
// the generic cell rate algorithm of ATM networks.) golang.org/x/time/rate has a lock for each bucket, and cannot take what other
// servers have let through.
type bucket struct {
	full  atomic.Int64 // nanoseconds on the clock of the limiter
	spent atomic.Int64 // requests let through that no exchange has told yet
	name  string       // under which servers share it

	// What the exchange knows: how many requests all servers had let through, and when that was last of interest.
	total  int64
	known  bool
	active int64
}

// Verdict says whether a request may go on, and what a caller may know of the limit.
type Verdict struct {
	Limit     int64 // how many may come at once; 0: there is no limit
	Remaining int64 // how many may come now
	// Reset is the time until Limit may come again, Wait that until the next may; 0 if this one may go on.
	Reset, Wait time.Duration
}

// Refused reports whether the request has to wait.
func (v Verdict) Refused() bool { return v.Wait > 0 }

// take takes a request out of the bucket, unless it is empty.
func (b *bucket) take(now int64, p pace) Verdict {
	if p.step == 0 {
		return Verdict{}
	}
	for {
		full := b.full.Load()
		next := max(full, now) + p.step
		if over := next - now - p.span; over > 0 {
			return Verdict{Limit: p.burst, Reset: time.Duration(full - now), Wait: time.Duration(over)}
		}
		if b.full.CompareAndSwap(full, next) {
			b.spent.Add(1)
			return Verdict{Limit: p.burst, Remaining: (p.span - (next - now)) / p.step, Reset: time.Duration(next - now)}
		}
	}
}

// maxDebt bounds how long a bucket stays empty for what other servers let through.
const maxDebt = int64(5 * time.Second)

// debit takes n requests out that others let through. They are gone: the bucket may owe them.
func (b *bucket) debit(now, n int64, p pace) {
	if p.step == 0 || n <= 0 {
		return
	}
	n = min(n, (p.span+maxDebt)/p.step+1)
	for {
		full := b.full.Load()
		next := min(max(full, now)+n*p.step, now+p.span+maxDebt)
		if next <= full || b.full.CompareAndSwap(full, next) {
			return
		}
	}
}

// rests reports whether the bucket is full.
func (b *bucket) rests(now int64) bool { return b.full.Load() <= now }

// token is a deployment token or an API key in use.
type token struct{ bucket }
