// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"runtime"
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
	readBytes = 4 << 20   // names that a page reads, wanted or not
	restBytes = 64 << 10  // names that are looked at before others get the processor
)

// page returns about limit of the names in Redis that match and are wanted (nil: all are), from at on (nil: from the
// beginning), and where the next page begins, nil at the end. Names that are not wanted only count in time and bytes.
//
// In a Cluster it goes from server to server. Keys that move meanwhile, with their slot, may move past it; so if slots
// were moved during a pass, a second one is made over all servers. That finds every key that moved once.
func (s *Store) page(
	ctx context.Context, match string, limit int, at *cursor, wanted func(name string) bool,
) ([]string, *cursor, error) {
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
	p := &pager{store: s, match: match, wanted: wanted, limit: limit, deadline: time.Now().Add(pageTime), at: *at}
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
	wanted   func(name string) bool
	limit    int
	deadline time.Time
	at       cursor
	names    []string
	bytes    int // of names
	read     int // bytes of names that were read, wanted or not
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
	return p.scans > 0 && (len(p.names) >= p.limit || p.bytes >= pageBytes || p.read >= readBytes || time.Now().After(p.deadline))
}

// scan goes over one server until the page is full or that server is done, which it reports.
func (p *pager) scan(ctx context.Context, m *member) (done bool, err error) {
	for count := p.firstCount(); ; {
		reply, err := p.store.scanOnce(ctx, m.client, p.at.At, p.match, count)
		if err != nil {
			return false, err
		}
		if p.at.At != 0 && p.at.Run != reply.run { // a new process has another order
			p.at.At = 0
			continue
		}
		p.scans++
		bytes := p.take(reply.names)
		p.at.At, p.at.Run = reply.next, reply.run
		if done := reply.next == 0; done || p.full() {
			return done, nil
		}
		count = nextCount(count, bytes)
	}
}

// take adds the names that are wanted, and returns how many bytes all of them have.
func (p *pager) take(names []string) (bytes int) {
	rest := 0
	for _, name := range names {
		bytes += len(name)
		if p.wanted == nil || p.wanted(name) {
			p.names, p.bytes = append(p.names, name), p.bytes+len(name)
		}
		if rest += len(name); rest >= restBytes {
			rest = 0
			runtime.Gosched()
		}
	}
	p.read += bytes
	if len(names) > 0 {
		p.store.longNames.note(p.match, bytes/len(names))
	}
	return bytes
}

// firstCount is how many keys the first SCAN of a page asks for: few where the names were long before.
func (p *pager) firstCount() int64 {
	if p.store.longNames.expect(p.match) > 0 {
		return minCount
	}
	return int64(min(max(p.limit, minCount), 100))
}

// nextCount asks for more where matches are few, so that a small project in a large Redis is found in
// few steps, and for less where keys are long.
func nextCount(count int64, bytes int) int64 {
	switch {
	case bytes > scanBytes:
		return max(count/2, minCount)
	case 2*bytes > scanBytes:
		return count
	}
	return min(count*2, maxCount)
}

// scanned is the answer to one SCAN, and the process that gave it.
type scanned struct {
	names []string
	next  uint64
	run   uint64
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
