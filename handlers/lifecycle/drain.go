// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Drain waits until everyone who has the store now has given it back. Calls that come meanwhile get it as before, so
// after a Block only calls that saw the block still have it. Closing notifies those that last. The caller holds no
// lease. Errors: ErrTimeout if ctx ends first.
func (s *Service) Drain(ctx context.Context) error {
	before := s.renewLease()
	if before == nil {
		return nil
	}
	close(before.closing)
	before.Release()
	select {
	case <-before.drained:
		return nil
	case <-ctx.Done():
		return kv.Refuse(kv.ErrTimeout, "calls that came before do not end")
	}
}

// renewLease puts another lease of the same store in place of the one in use, and returns that; nil if there is none.
func (s *Service) renewLease() (before *Lease) {
	s.change(func(st *state) {
		if before = st.lease; before != nil {
			next := newLease(before.Store)
			next.sweeper, next.watch, next.ownerWatch, next.since = before.sweeper, before.watch, before.ownerWatch, before.since
			st.lease = next
		}
	})
	return before
}
