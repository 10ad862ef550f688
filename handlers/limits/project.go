// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"container/list"
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Project is one project in use.
type Project struct {
	bucket
	id        kv.ProjectID
	bounds    atomic.Pointer[bounds]
	checked   atomic.Int64 // when bounds were last read
	usage     usage
	responses mean // bytes of a response
	memory    holder

	walker walker

	// Of the semaphore, whose lock they need.
	waiters list.List     // of *waiter
	ready   *list.Element // of semaphore.ready, nil while nothing waits
}

// bounds are the limits of a project: its own, else those of the server.
type bounds struct {
	pace        pace
	keys, bytes int64
}

// checkEvery is how often the limits of a project are read again.
const checkEvery = int64(time.Second)

// Token counts a request of a token.
func (l *Limiter) Token(id string) Verdict {
	allowed := l.defaults.Load().token
	if allowed.step == 0 {
		return Verdict{}
	}
	t := l.tokens.get(id)
	if t == nil {
		t = l.tokens.add(id, &token{bucket{name: "token:" + id}})
	}
	return t.take(l.now(), allowed)
}

// Project returns the project of that id, which exists.
func (l *Limiter) Project(ctx context.Context, id kv.ProjectID) *Project {
	now := l.now()
	p := l.projects.get(id)
	if p == nil {
		p = &Project{id: id, bucket: bucket{name: "project:" + strconv.FormatInt(int64(id), 10)}, memory: newHolder()}
		p.checked.Store(now)
		l.walks.see(id, now)
		p.bounds.Store(l.boundsOf(ctx, id))
		return l.projects.add(id, p)
	}
	if at := p.checked.Load(); now-at > checkEvery && p.checked.CompareAndSwap(at, now) {
		l.walks.see(id, now)
		if b := l.boundsOf(ctx, id); *b != *p.bounds.Load() {
			p.bounds.Store(b)
		}
	}
	return p
}

// boundsOf returns the limits of a project. While its own cannot be read, those of the server apply.
func (l *Limiter) boundsOf(ctx context.Context, id kv.ProjectID) *bounds {
	var own access.ProjectLimits
	if l.cfg.Limits != nil {
		own, _ = l.cfg.Limits(ctx, id)
	}
	d := l.defaults.Load()
	b := &bounds{pace: d.project, keys: own.Keys.Or(d.keys), bytes: own.Bytes.Or(d.bytes)}
	if own.RequestsPerSecond != 0 {
		b.pace = Rate{PerSecond: own.RequestsPerSecond.Or(0)}.pace()
	}
	return b
}

// Take counts a request of the project.
func (l *Limiter) Take(p *Project) Verdict {
	b := p.bounds.Load()
	if b.pace.step == 0 {
		return Verdict{}
	}
	return p.take(l.now(), b.pace)
}
