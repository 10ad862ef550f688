// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Bounds of one page, and of one SCAN.
const (
	pageTime  = 100 * time.Millisecond
	pageBytes = 1 << 20
	minCount  = 10
	maxCount  = 1000
	scanBytes = 256 << 10 // a SCAN that brought more makes the next one smaller
)

// page returns about limit of the names in Redis that match, from at on (nil: from the beginning), and where
// the next page begins, nil at the end.
//
// In a Cluster it goes from server to server. Keys that move meanwhile, with their slot, may move past it; so if slots
// were moved during a pass, a second one is made over all servers. That finds every key that moved once.
func (s *Store) page(ctx context.Context, match string, limit int, at *cursor) ([]string, *cursor, error) {
	if err := s.begin(ctx); err != nil {
		return nil, nil, err
	}
	defer s.end()
	l, err := s.layout(ctx)
	if err != nil {
		return nil, nil, err
	}
	if at == nil {
		at = &cursor{Slots: l.slots}
	}
	p := &pager{store: s, match: match, limit: limit, deadline: time.Now().Add(pageTime), at: *at}
	for server := l.next(at.Node); server != nil; server = l.after(server) {
		p.enter(server)
		if p.full() {
			return p.names, &p.at, nil
		}
		if done, err := p.scan(ctx, server); err != nil || !done {
			return p.names, &p.at, err
		}
	}
	next, err := s.endPass(ctx, p.at)
	return p.names, next, err
}

// endPass returns where a scan goes on that has been to all servers: nowhere, unless slots moved during the first pass.
func (s *Store) endPass(ctx context.Context, at cursor) (*cursor, error) {
	l, err := s.layout(ctx)
	if err != nil || at.Again || l.slots == at.Slots && !l.open {
		return nil, err
	}
	return &cursor{Again: true, Slots: l.slots}, nil
}

// pager collects the names of one page.
type pager struct {
	store    *Store
	match    string
	limit    int
	deadline time.Time
	at       cursor
	names    []string
	bytes    int
	scans    int
}

// enter goes to a server, to its beginning if the cursor was made for another.
func (p *pager) enter(m *member) {
	if p.at.Node != m.id {
		p.at.Node, p.at.At = m.id, 0
	}
}

// full reports whether the page has enough. The first SCAN is always made, so that each page gets further.
func (p *pager) full() bool {
	return p.scans > 0 && (len(p.names) >= p.limit || p.bytes >= pageBytes || time.Now().After(p.deadline))
}

// scan goes over one server until the page is full or that server is done, which it reports.
func (p *pager) scan(ctx context.Context, m *member) (done bool, err error) {
	for count := int64(min(max(p.limit, minCount), 100)); ; {
		reply, err := p.store.scanOnce(ctx, m.client, p.at.At, p.match, count)
		if err != nil {
			return false, err
		}
		if p.at.At != 0 && p.at.Run != reply.run { // a new process has another order
			p.at.At = 0
			continue
		}
		p.names, p.bytes, p.scans = append(p.names, reply.names...), p.bytes+reply.bytes(), p.scans+1
		p.at.At, p.at.Run = reply.next, reply.run
		if done := reply.next == 0; done || p.full() {
			return done, nil
		}
		count = nextCount(count, reply.bytes())
	}
}

// nextCount asks for more where matches are few, so that a small project in a large Redis is found in
// few steps, and for less where keys are long.
func nextCount(count int64, bytes int) int64 {
	if bytes > scanBytes {
		return max(count/2, minCount)
	}
	return min(count*2, maxCount)
}

// scanned is the answer to one SCAN, and the process that gave it.
type scanned struct {
	names []string
	next  uint64
	run   uint64
}

func (r scanned) bytes() (n int) {
	for _, name := range r.names {
		n += len(name)
	}
	return n
}

// scanOnce sends one SCAN to one server.
func (s *Store) scanOnce(
	ctx context.Context, node *goredis.Client, at uint64, match string, count int64,
) (scanned, error) {
	scan := goredis.NewScanCmd(ctx, nil, "scan", at, "match", match, "count", count)
	info := goredis.NewStringCmd(ctx, "info", "server")
	if err := s.queryNode(ctx, node, &command{Cmder: scan}, &command{Cmder: info}); err != nil {
		return scanned{}, err
	}
	names, next := scan.Val()
	return scanned{names, next, hash(parseInfo(info.Val())["run_id"])}, nil
}
