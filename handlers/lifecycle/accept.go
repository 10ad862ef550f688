// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// AcceptEmpty accepts a store that has lost its keys, or that holds keys without a mark. Errors: ErrNotEnabled;
// ErrConflict if nothing is lost, or the store is another's; ErrNotSupported; ErrBusy; ErrUnavailable;
// ErrOutcomeUnknown if ctx ends first; those of the store and the control data.
func (s *Service) AcceptEmpty(ctx context.Context) error {
	return s.await(ctx, s.newJob(accepting, engine.Change{}, s.acceptEmpty))
}

func (s *Service) acceptEmpty(ctx context.Context, _ *job) error {
	st := s.state.Load()
	switch {
	case !st.settings.Enabled:
		return kv.ErrNotEnabled
	case st.lease == nil:
		return kv.Refuse(kv.ErrUnavailable, "the engine is not up, see the status")
	}
	claimer := s.claimerOf(st.lease.Store, st.settings)
	if claimer == nil {
		return kv.Refuse(kv.ErrNotSupported, "the engine %s manages its data itself", st.settings.Engine)
	}
	s.resolving.Lock()
	defer s.resolving.Unlock()
	o, err := s.resolveOwnership(ctx, claimer, false)
	switch {
	case err != nil:
		return err
	case o.state == foreign:
		return kv.Refuse(kv.ErrConflict, "%s", o.detail)
	case o.state < emptied:
		s.applyOwnership(claimer, o)
		return kv.Refuse(kv.ErrConflict, "there is nothing to accept: the Redis has the mark of this tempskv")
	}
	if err := s.claimStore(ctx, claimer, o.mark); err != nil {
		return err
	}
	s.log.Warn("the loss of the keys is accepted: the service continues with what the Redis holds")
	return nil
}

// KeysRestored records that a backup of the whole service was restored into the store in use: it holds its keys again.
// Errors: those of the store and the control data.
func (s *Service) KeysRestored(ctx context.Context) error {
	s.resolving.Lock()
	defer s.resolving.Unlock()
	st := s.state.Load()
	if o := s.ownership.Load(); st.lease != nil && o.state == emptied {
		if claimer := s.claimerOf(st.lease.Store, st.settings); claimer != nil {
			return s.claimStore(ctx, claimer, o.mark)
		}
	}
	return nil
}

// claimStore replaces a mark by ours, and permits calls.
func (s *Service) claimStore(ctx context.Context, claimer kv.Claimer, before kv.Mark) error {
	got, err := claimer.Claim(ctx, before, kv.Mark{Owner: s.owner()})
	switch {
	case err != nil:
		return err
	case got.Owner != s.owner() && got.Owner != "":
		return kv.Refuse(kv.ErrConflict, "%s", foreignStore(got, s.owner()).detail)
	case got.Owner == "" || got.Emptied:
		return kv.Refuse(kv.ErrBusy, "another process is changing the mark of the Redis: try again")
	}
	s.saveRecord(ctx, got)
	s.applyOwnership(claimer, ownership{mark: got})
	return nil
}
