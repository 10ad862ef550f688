// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"context"
	"runtime/debug"
	"time"
)

// Counter adds up the requests that several servers let through.
type Counter interface {
	// AddRequests adds to the count of each name what this server let through, and returns what all together did. A
	// count that was not used for a minute may start again at 0.
	AddRequests(ctx context.Context, names []string, n []int64) ([]int64, error)
}

const (
	// exchangeTime bounds one exchange.
	exchangeTime = time.Second
	// exchangeMost bounds the buckets of one call.
	exchangeMost = 500
	// activeTime is how long a bucket is exchanged after its last request here.
	activeTime = int64(5 * time.Second)
)

// Exchange sends the other servers what was let through here, and takes what they let through from the buckets here. No
// request waits for it. Without it, for as long as it fails, each server lets the whole of a limit through.
func (l *Limiter) Exchange(ctx context.Context) {
	l.exchanging.Lock()
	defer l.exchanging.Unlock()
	defer func() {
		if p := recover(); p != nil {
			l.cfg.Log.Error("panic", "job", "limits", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, exchangeTime)
	defer cancel()
	due := l.due()
	var err error
	for len(due) > 0 && err == nil {
		some := due[:min(len(due), exchangeMost)]
		due = due[len(some):]
		err = l.exchange(ctx, some)
	}
	for _, s := range due {
		s.bucket.known = false
	}
	if failed := err != nil; failed != l.apart && ctx.Err() != context.Canceled {
		l.apart = failed
		if failed {
			l.cfg.Log.Warn("request counts are not shared; until they are, each server counts for itself", "error", err)
		} else {
			l.cfg.Log.Info("request counts are shared again")
		}
	}
}

// shared is a bucket in an exchange.
type shared struct {
	*bucket
	pace  pace
	spent int64
}

// due returns the buckets that were used not long ago, with what is to be sent.
func (l *Limiter) due() []shared {
	var all []shared
	now := l.now()
	add := func(b *bucket, p pace) {
		s := shared{b, p, b.spent.Swap(0)}
		if s.spent > 0 {
			b.active = now
		}
		if p.step > 0 && b.active > 0 && now-b.active < activeTime {
			all = append(all, s)
		} else {
			b.known = false
		}
	}
	allowed := l.defaults.Load().token
	l.tokens.each(func(t *token) { add(&t.bucket, allowed) })
	l.projects.each(func(p *Project) { add(&p.bucket, p.bounds.Load().pace) })
	return all
}

// exchange is one call. What fails is not sent again: it may have been counted, and is outdated by then.
func (l *Limiter) exchange(ctx context.Context, some []shared) error {
	names, spent := make([]string, len(some)), make([]int64, len(some))
	for i, s := range some {
		names[i], spent[i] = s.name, s.spent
	}
	totals, err := l.cfg.Counter.AddRequests(ctx, names, spent)
	now := l.now()
	for i, s := range some {
		if err != nil || i >= len(totals) {
			s.known = false
			continue
		}
		if s.known {
			s.debit(now, totals[i]-s.total-s.spent, s.pace)
		}
		s.total, s.known = totals[i], true
	}
	return err
}
