// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// ownerInterval is how often the mark of a store in use is read, and ownerTimeout bounds one read.
const (
	ownerInterval = 2 * time.Second
	ownerTimeout  = 10 * time.Second
)

// watchOwner reads the mark of a store in use periodically, until ctx ends or a store that was another's is ours again.
func (s *Service) watchOwner(ctx context.Context, lease *Lease, claimer kv.Claimer) {
	tick := time.NewTicker(ownerInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-claimer.Doubts():
		}
		before := s.ownership.Load().state
		_ = s.recovered("mark", func() error { return s.refreshOwnership(ctx, claimer) })
		if after := s.ownership.Load().state; before >= replaced && after < replaced {
			select {
			case s.losses <- loss{lease, kv.Refuse(kv.ErrUnavailable, "the Redis was another's, and is ours again")}:
			case <-ctx.Done():
			}
			return
		}
	}
}

// refreshOwnership reads the mark once. If the store does not answer, what is known stays as it is.
func (s *Service) refreshOwnership(ctx context.Context, claimer kv.Claimer) error {
	ctx, cancel := context.WithTimeout(ctx, ownerTimeout)
	defer cancel()
	s.resolving.Lock()
	defer s.resolving.Unlock()
	o, err := s.resolveOwnership(ctx, claimer, false)
	if err == nil && ctx.Err() == nil {
		s.applyOwnership(claimer, o)
	}
	return err
}
