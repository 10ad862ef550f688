// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Growth is what a write may add to a project.
type Growth struct {
	Keys []kv.Key
	// Bytes is the size of the keys with their new values, each with its kv.KeyOverhead.
	Bytes int64
	// Answer is what its answer adds, which is stored for those who repeat the request.
	Answer int64
	// Deletes means that the keys are deleted: only the answer is added.
	Deletes bool
	// Fixed means that a key that exists hardly grows.
	Fixed bool
}

// CheckQuota refuses a write that would make the project hold more than it may. A key that exists is not added, and
// its old value makes room for the new one. If the store always knows what the project holds, the limit is
// exceeded by no more than what is written at the same time; else by what was written since the last count. Errors:
// ErrQuotaExceeded with the numbers; those of the store.
func (l *Limiter) CheckQuota(ctx context.Context, p *Project, store kv.Store, grow func() Growth) error {
	b := p.bounds.Load()
	if b.keys == 0 && b.bytes == 0 {
		return nil
	}
	if usage := store.Capabilities().Usage; usage != nil {
		u, err := usage(ctx, p.id)
		if err != nil {
			return err
		}
		return l.compare(ctx, p, store, u, grow())
	}
	l.recount(p, countEvery)
	counted := p.usage.counted.Load()
	if counted == nil {
		return nil
	}
	u, answers := *counted, p.usage.answers.Load()
	u.Bytes, u.Answers = u.Bytes+answers, u.Answers+answers
	err := l.compare(ctx, p, store, u, grow())
	if errors.Is(err, kv.ErrQuotaExceeded) {
		l.recount(p, soonest)
	}
	return err
}

func (l *Limiter) compare(ctx context.Context, p *Project, store kv.Store, u kv.Usage, g Growth) error {
	b := p.bounds.Load()
	slices.Sort(g.Keys)
	g.Keys = slices.Compact(g.Keys)
	added := int64(len(g.Keys))
	if g.Deletes {
		added = 0
	}
	if b.keys > 0 && u.Keys+added > b.keys {
		there, err := store.Exists(ctx, p.id, g.Keys)
		if err != nil {
			return err
		}
		if added -= there; added > 0 && u.Keys+added > b.keys {
			return kv.Refuse(kv.ErrQuotaExceeded, "the project holds %d keys and may hold %d: delete some, or have the limit "+
				"raised; reads and deletes still work", u.Keys, b.keys)
		}
	}
	if b.bytes > 0 && u.Bytes+g.Bytes+g.Answer > b.bytes {
		old, err := replaced(ctx, p.id, store, g)
		if err != nil {
			return err
		}
		if more := g.Bytes + g.Answer - old; more > 0 && u.Bytes+more > b.bytes {
			return full(u, b.bytes, more)
		}
	}
	return nil
}

// full refuses a write that would add more bytes to a project than it may hold.
func full(u kv.Usage, limit, more int64) error {
	if u.Answers == 0 {
		return kv.Refuse(kv.ErrQuotaExceeded, "the project holds %d bytes and may hold %d, and this would add %d: delete "+
			"keys, or have the limit raised; reads and deletes still work", u.Bytes, limit, more)
	}
	return kv.Refuse(kv.ErrQuotaExceeded, "the project holds %d bytes and may hold %d, and this would add %d. %d of them are "+
		"answers to requests with an Idempotency-Key, which are kept for %.0f hours: delete keys, send requests without that "+
		"header, wait until older answers are gone, or have the limit raised; reads still work, and deletes without that header",
		u.Bytes, limit, more, u.Answers, kv.IdempotencyTime.Hours())
}

// replaced returns the size of those of the keys that exist.
func replaced(ctx context.Context, id kv.ProjectID, store kv.Store, g Growth) (bytes int64, err error) {
	values, err := store.MGet(ctx, id, g.Keys)
	if errors.Is(err, kv.ErrTooLarge) { // more than is worth reading
		if g.Deletes {
			return g.Answer, nil
		}
		return 0, nil
	}
	for i, v := range values {
		switch {
		case v == nil:
		case g.Fixed:
			return g.Bytes, nil
		default:
			bytes += int64(kv.KeyOverhead + len(g.Keys[i]) + len(v))
		}
	}
	return bytes, err
}

// usage is what a project was last counted to hold.
type usage struct {
	counted atomic.Pointer[kv.Usage]
	at      atomic.Int64 // when the count ended
	took    atomic.Int64 // nanoseconds
	queued  atomic.Bool  // a count is to come
	answers atomic.Int64 // bytes of answers that were stored from here since the last count began
}

// Bytes returns the bytes that a project was last counted to hold, false if they were not: only those of projects in use that
// have a limit of bytes are, in a store that does not know at once.
func (l *Limiter) Bytes(id kv.ProjectID) (int64, bool) {
	p := l.projects.get(id)
	if p == nil || p.bounds.Load().bytes == 0 {
		return 0, false
	}
	u := p.usage.counted.Load()
	if u == nil {
		return 0, false
	}
	return u.Bytes, true
}

// AddAnswer notes that an answer of so many bytes was stored for the project. A project that sends new requests all the
// time would else store many between two counts.
func (l *Limiter) AddAnswer(p *Project, bytes int64) { p.usage.answers.Add(bytes) }

const (
	// countEvery is how old a count becomes while there are writes, and soonest how old it has to be before another is made
	// after a refusal. A count that takes long is made less often: at most a twentieth of the time goes into it.
	countEvery = int64(10 * time.Second)
	soonest    = int64(time.Second)
	countShare = 20
	// countTime bounds one count, maxUncounted the projects that wait for theirs.
	countTime    = 5 * time.Minute
	maxUncounted = 1024
)

// recount has the project counted if the last count is older than age.
func (l *Limiter) recount(p *Project, age int64) {
	u := &p.usage
	if l.cfg.Count == nil || u.counted.Load() != nil && l.now()-u.at.Load() < max(age, countShare*u.took.Load()) {
		return
	}
	if !u.queued.CompareAndSwap(false, true) {
		return
	}
	select {
	case l.uncounted <- p:
	default: // the next write asks again
		u.queued.Store(false)
	}
}

// countForever counts one project after the other.
func (l *Limiter) countForever(ctx context.Context) {
	for {
		select {
		case p := <-l.uncounted:
			l.count(ctx, p)
		case <-ctx.Done():
			return
		}
	}
}

// count counts one project. If that fails, what was counted before stands.
func (l *Limiter) count(ctx context.Context, p *Project) {
	u, began := &p.usage, l.now()
	defer func() {
		if r := recover(); r != nil {
			l.cfg.Log.Error("panic", "job", "count", "panic", r, "stack", string(debug.Stack()))
		}
		u.queued.Store(false)
	}()
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	answers := u.answers.Load()
	found, err := l.cfg.Count(ctx, p.id, p.bounds.Load().bytes > 0)
	if err != nil {
		l.cfg.Log.Debug("counting the keys of a project", "project", p.id, "error", err)
		return
	}
	u.took.Store(l.now() - began)
	u.at.Store(l.now())
	u.counted.Store(&found)
	u.answers.Add(-answers)
}
