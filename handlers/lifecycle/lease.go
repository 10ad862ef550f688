// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// drainTime bounds how long a store that is to be closed waits for its leases: longer than any data operation
// may take, so that it affects only leases that are never given back.
const drainTime = 30 * time.Second

// Lease is a store that stays open until Release. All holders of the same open store share one Lease: it
// counts them, so that Acquire neither locks nor allocates.
type Lease struct {
	kv.Store
	// holders counts the leases, and 1 for the service while the store is in use. At 0 it stays there.
	holders    atomic.Int64
	drained    chan struct{} // closed at 0
	closing    chan struct{} // closed once the store is waited for
	sweeper    *background
	watch      *background // nil if the engine needs none
	ownerWatch *background // nil if the engine looks after the store itself
	since      time.Time   // when it came into use
}

func newLease(store kv.Store) *Lease {
	l := &Lease{Store: store, drained: make(chan struct{}), closing: make(chan struct{}), since: time.Now()}
	l.holders.Store(1)
	return l
}

// stop ends the background work on the store.
func (l *Lease) stop() {
	l.sweeper.stop()
	l.watch.stop()
	l.ownerWatch.stop()
}

// acquire adds a holder, unless the store is being closed.
func (l *Lease) acquire() bool {
	for {
		n := l.holders.Load()
		if n == 0 {
			return false
		}
		if l.holders.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Closing is closed once the store is to be closed: a long-term holder then gives it back.
func (l *Lease) Closing() <-chan struct{} { return l.closing }

// Release gives the store back. It is called once for each Acquire.
func (l *Lease) Release() {
	if l.holders.Add(-1) == 0 {
		close(l.drained)
	}
}

// Acquire returns the store, to be given back by Release. Errors: ErrDisabled while the service is off,
// ErrUnavailable while it is coming up or ending, or the store is another's. It does no I/O and takes no lock.
func (s *Service) Acquire() (*Lease, error) {
	for {
		st := s.state.Load()
		switch {
		case st.lease == nil && (st.stopping || st.loaded && !st.settings.Enabled):
			return nil, kv.ErrDisabled
		case st.lease == nil:
			return nil, kv.ErrUnavailable
		case s.ownership.Load().state >= replaced: // what is another's is neither read nor written
			return nil, s.Distrust()
		case st.lease.acquire():
			return st.lease, nil
		}
		// This store went out of use after the load. A state without it was stored before that: load again.
	}
}

// retire waits until a store that went out of use has no holders, and closes it.
func (s *Service) retire(l *Lease) error {
	if l == nil {
		return nil
	}
	close(l.closing)
	l.stop()
	l.Release()
	limit := time.NewTimer(drainTime)
	defer limit.Stop()
	select {
	case <-l.drained:
	case <-limit.C:
		s.log.Warn("closing a store that is still in use", "after", drainTime)
	}
	return l.Close()
}
