// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// checkOwner finds out who owns a store before it comes into use, and marks one without a mark as ours. A first enable is
// refused if the store is another's, whose project ids could be the same as ours, or if it cannot be marked. A service
// that was on with the store before comes up in any case, and refuses calls until all is well. Errors: ErrConflict; those
// of the store and the control data.
func (s *Service) checkOwner(ctx context.Context, store kv.Store, want engine.Settings) error {
	claimer := s.claimerOf(store, want)
	if claimer == nil {
		s.applyOwnership(nil, ownership{})
		return nil
	}
	s.resolving.Lock()
	defer s.resolving.Unlock()
	stored := s.state.Load().settings
	s.resolvedAt.Store(time.Now().UnixNano())
	first := !stored.Provisioned || stored.RedisURL != want.RedisURL
	o, err := s.resolveOwnership(ctx, claimer, first)
	switch {
	case err != nil:
		return err
	case o.state == foreign && !stored.Enabled:
		return kv.Refuse(kv.ErrConflict, "%s", o.detail)
	case o.state == unmarked && first:
		return kv.Refuse(o.cause, "%s", o.detail)
	}
	s.applyOwnership(claimer, o)
	return nil
}

// resolveOwnership reads the mark, and writes it if it is missing and should be there. In a first enable a missing mark is
// no sign of a loss. Errors: those of the store and the control data; nothing is known then.
func (s *Service) resolveOwnership(ctx context.Context, claimer kv.Claimer, first bool) (ownership, error) {
	id := s.owner()
	if id == "" { // the control data were never changed
		return ownership{}, nil
	}
	m, err := claimer.Mark(ctx)
	if err != nil {
		return ownership{}, fmt.Errorf("whose the keys are: %w", err)
	}
	o, known := ownershipOf(m, id)
	if !known {
		return s.resolveUnmarked(ctx, claimer, m, first)
	}
	if o.state == ours {
		s.detectRestart(m)
		s.saveRecord(ctx, m)
	}
	return o, nil
}

// resolveUnmarked is resolveOwnership for a store without a mark. It was never marked, or it has lost its keys, or the mark
// alone was deleted. The last is assumed if the server has not been restarted since the mark was seen.
func (s *Service) resolveUnmarked(ctx context.Context, claimer kv.Claimer, m kv.Mark, first bool) (ownership, error) {
	var before record
	if !first {
		var err error
		if before, _, err = loadRecord(ctx, s.control); err != nil {
			return ownership{}, err
		}
	}
	if before.Marked.IsZero() {
		return s.writeMark(ctx, claimer, kv.Mark{Owner: s.owner()}, ownership{})
	}
	holds, err := claimer.HoldsKeys(ctx)
	switch {
	case err != nil:
		return ownership{}, fmt.Errorf("whether there are keys: %w", err)
	case holds && before.flushed(m): // the keys were written after that
		return s.writeMark(ctx, claimer, kv.Mark{Owner: s.owner(), Emptied: true}, emptiedStore(m))
	case holds && before.sameRun(m):
		s.log.Warn("the key kv:owner was gone from Redis and the keys of the projects are there: it is written again; do not "+
			"delete it, and do not let Redis evict keys without expiry", "warning", engine.WarnStoreUnmarked)
		return s.writeMark(ctx, claimer, kv.Mark{Owner: s.owner()}, ownership{})
	case holds:
		return replacedStore(m), nil
	case !s.mayHaveHadKeys(ctx):
		return s.writeMark(ctx, claimer, kv.Mark{Owner: s.owner()}, ownership{})
	}
	lost := kv.Mark{Owner: s.owner(), Emptied: true}
	return s.writeMark(ctx, claimer, lost, emptiedStore(m))
}

// writeMark marks a store without a mark, and returns its ownership after that: o, if that is not ours, whether or not the
// store could be marked.
func (s *Service) writeMark(ctx context.Context, claimer kv.Claimer, m kv.Mark, o ownership) (ownership, error) {
	got, err := claimer.Claim(ctx, kv.Mark{}, m)
	switch {
	case err == nil && got.Owner != m.Owner && got.Owner != "":
		return foreignStore(got, m.Owner), nil
	case o.state != ours:
		o.mark = got
		return o, nil
	case err == nil && got.Owner == m.Owner:
		s.saveRecord(ctx, got)
		return ownership{mark: got}, nil
	}
	return ownership{state: unmarked, cause: causeOf(err), detail: fmt.Sprintf("the Redis could not be marked as that of this tempskv "+
		"(key kv:owner), so that another one may be accepted: %s; it is tried again", explainMark(err))}, nil
}

// causeOf returns the sentinel of the error that a mark could not be written for.
func causeOf(err error) error {
	for _, kind := range []error{kv.ErrOutOfMemory, kv.ErrStorageFull, kv.ErrTimeout} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return kv.ErrUnavailable
}

// explainMark says in words why a mark could not be written.
func explainMark(err error) string {
	var refusal *kv.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Detail
	case errors.Is(err, kv.ErrOutOfMemory):
		return "its maxmemory is reached"
	case errors.Is(err, kv.ErrStorageFull):
		return "its disk takes no more"
	case err == nil:
		return "the key vanished again"
	}
	return "it takes no writes now"
}
