// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"context"
	"hash/maphash"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

const (
	// refusalsPerSecond is how many refusals an address is sent at once, and refusalStep the time between those beyond that.
	refusalsPerSecond = 500
	refusalStep       = time.Second / refusalsPerSecond
	// refusalWait is how long a refusal is held back at most, and unavailableWait one for which the client may not be to blame.
	refusalWait     = time.Second
	unavailableWait = 100 * time.Millisecond
)

// Refusals holds back the refusals of addresses that get very many: clients that only ask again would keep the server busy with
// it. What is held back keeps its connection, or a stream of it, and nothing of its request. Other responses never wait. Two
// addresses may share an entry.
type Refusals struct {
	began time.Time
	seed  maphash.Seed
	next  [1024]atomic.Int64 // when the next one is due, in nanoseconds since began
}

// NewRefusals returns one that has held nothing yet.
func NewRefusals() *Refusals {
	return &Refusals{began: time.Now().Add(-time.Second), seed: maphash.MakeSeed()}
}

// Hold waits until a response with that status may be sent to an address, or ctx ends. The nil Refusals never wait.
func (f *Refusals) Hold(ctx context.Context, status int, ip string) {
	most := mayWait(status)
	if f == nil || most == 0 {
		return
	}
	d := min(f.due(ip), most)
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// mayWait returns how long a response may be held back.
func mayWait(status int) time.Duration {
	switch {
	case status == http.StatusServiceUnavailable:
		return unavailableWait
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusConflict:
		return refusalWait
	}
	return 0
}

// due counts a refusal, and returns in what time it is due.
func (f *Refusals) due(ip string) time.Duration {
	next := &f.next[maphash.Comparable(f.seed, subscriber(ip))%uint64(len(f.next))]
	now := int64(time.Since(f.began))
	for {
		before := next.Load()
		due := min(max(before, now-int64(time.Second))+int64(refusalStep), now+int64(refusalWait))
		if next.CompareAndSwap(before, due) {
			return time.Duration(due - now)
		}
	}
}

// subscriber returns whose address it is: of IPv6, one subscriber has 64 bits.
func subscriber(ip string) netip.Prefix {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Prefix{}
	}
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}
