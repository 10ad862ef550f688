// SPDX-License-Identifier: Apache-2.0

package server

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

const (
	// fileShare is what part of the files that the process may open are left for other things than connections.
	fileShare = 8
	// mostConnections bounds the default.
	mostConnections = 16 << 10
	// connectionMemory is what the default takes a connection to need, in bytes, and memoryShare the part of the memory that
	// is for connections. An idle one takes 20 KiB, and three times that with TLS.
	connectionMemory = 32 << 10
	memoryShare      = 4
	// sampled is among how many connections one is looked for that may be closed for a new one.
	sampled = 256
	// refusalLogTime is how often refused connections are logged at most.
	refusalLogTime = time.Minute
)

// defaultConnections is the bound where none is set: it leaves an eighth of RLIMIT_NOFILE, and three quarters of the memory
// if that is known (not 0).
func defaultConnections(memory int64) int {
	most := uint64(mostConnections)
	if memory > 0 {
		most = min(most, uint64(memory)/memoryShare/connectionMemory)
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		most = min(most, files.Cur-files.Cur/fileShare)
	}
	return int(most)
}

// connections are the open connections of a listener. There are at most so many of them, three quarters from one address. For
// one more, the connection that has been idle longest is closed; if none is idle, the new one is.
type connections struct {
	log     *slog.Logger
	trusted []netip.Prefix // proxies, from whom all may come

	mu               sync.Mutex
	most, perAddress int

	open     map[*conn]struct{}
	from     map[netip.Prefix]int
	refused  uint64 // so far
	logged   uint64 // of them
	reported time.Time
	gone     chan struct{} // closed when none is open; nil: nobody waits
}

func newConnections(most int, log *slog.Logger) *connections {
	cs := &connections{log: log, open: map[*conn]struct{}{}, from: map[netip.Prefix]int{}}
	cs.limit(most)
	return cs
}

// count returns how many there are, may be, and were refused.
func (cs *connections) count() Connections {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return Connections{len(cs.open), cs.most, cs.refused}
}

// limit sets how many there may be from now on.
func (cs *connections) limit(most int) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.most, cs.perAddress = most, max(1, most-most/4)
}

// add reports whether c may stay. It makes room for it if it can.
func (cs *connections) add(c *conn) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.from = network(c.RemoteAddr())
	full, crowded := len(cs.open) >= cs.most, cs.from[c.from] >= cs.perAddress && !isTrusted(c.from.Addr(), cs.trusted)
	if full || crowded {
		victim := cs.longestIdle(c.from, crowded)
		if victim == nil {
			cs.refuse(c.from)
			return false
		}
		cs.drop(victim)
		_ = victim.Conn.Close()
	}
	cs.open[c] = struct{}{}
	cs.from[c.from]++
	return true
}

// network is who counts as one address: of IPv6, a subscriber has 64 bits.
func network(a net.Addr) netip.Prefix {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip, bits := tcp.AddrPort().Addr().Unmap().WithZone(""), 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits)
	return p
}

// longestIdle returns an idle connection that may go, of one address if own is set, else of those with the most connections. It
// looks at some of them, in the random order of a map.
func (cs *connections) longestIdle(from netip.Prefix, own bool) (found *conn) {
	looked := 0
	for c := range cs.open {
		if looked++; looked > sampled {
			break
		}
		since := c.idle.Load()
		if since == 0 || own && c.from != from {
			continue
		}
		if found == nil || cs.from[c.from] > cs.from[found.from] || cs.from[c.from] == cs.from[found.from] && since < found.idle.Load() {
			found = c
		}
	}
	return found
}

// refuse logs that a connection was refused, once in a while.
func (cs *connections) refuse(from netip.Prefix) {
	cs.refused++
	if now := time.Now(); now.Sub(cs.reported) >= refusalLogTime {
		cs.log.Warn("connections were refused: too many are open", "refused", cs.refused-cs.logged, "open", len(cs.open),
			"max", cs.most, "last_from", from.Addr().String(), "open_from_there", cs.from[from])
		cs.logged, cs.reported = cs.refused, now
	}
}

// remove forgets a connection that is closed, once.
func (cs *connections) remove(c *conn) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.drop(c)
}

func (cs *connections) drop(c *conn) {
	if _, ok := cs.open[c]; !ok {
		return
	}
	delete(cs.open, c)
	if cs.from[c.from]--; cs.from[c.from] == 0 {
		delete(cs.from, c.from)
	}
	if len(cs.open) == 0 && cs.gone != nil {
		close(cs.gone)
		cs.gone = nil
	}
}

// awaitNone waits until no connection is open, but no longer than d.
func (cs *connections) awaitNone(d time.Duration) {
	cs.mu.Lock()
	if len(cs.open) == 0 {
		cs.mu.Unlock()
		return
	}
	gone := make(chan struct{})
	cs.gone = gone
	cs.mu.Unlock()
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-gone:
	case <-late.C:
	}
}

// state records which connections are idle. It is the ConnState of a server.
func (cs *connections) state(c net.Conn, state http.ConnState) {
	since := int64(0)
	if state == http.StateIdle {
		since = time.Now().UnixNano()
	}
	plain(c).idle.Store(since)
}
