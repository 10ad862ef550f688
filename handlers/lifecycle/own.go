// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// own looks whose a store is that is to be taken into use, and marks one without a mark as ours. A first enable is refused
// if it is another's, whose project ids, and so keys, would meet ours, or cannot be marked. A service that was on with it
// before comes up in any case, to serve as soon as all is well: until then its calls are refused. Errors: ErrConflict;
// those of the store and the control data.
func (s *Service) own(ctx context.Context, store kv.Store, want kv.Settings) error {
	claimer, ok := s.claimerOf(store, want)
	if !ok {
		s.settle(nil, ownership{})
		return nil
	}
	s.judging.Lock()
	defer s.judging.Unlock()
	stored := s.state.Load().settings
	s.lookedAt.Store(time.Now().UnixNano())
	first := !stored.Provisioned || stored.RedisURL != want.RedisURL
	o, err := s.judge(ctx, claimer, first)
	switch {
	case err != nil:
		return err
	case o.is == foreign && !stored.Enabled:
		return kv.Refuse(kv.ErrConflict, "%s", o.detail)
	case o.is == unmarked && first:
		return kv.Refuse(o.cause, "%s", o.detail)
	}
	s.settle(claimer, o)
	return nil
}

// claimerOf returns the store as one that bears a mark, if the settings say that somebody else looks after it.
func (s *Service) claimerOf(store kv.Store, settings kv.Settings) (kv.Claimer, bool) {
	claimer, ok := store.(kv.Claimer)
	return claimer, ok && settings.Engine == kv.External && s.owner != nil
}

// whose is what a store is found to be.
type whose int

const (
	ours     whose = iota
	unmarked       // taken for ours, though nobody can see that
	emptied        // ours, and its keys are gone
	replaced       // it holds keys and no mark, and the server is not the one that we marked
	foreign        // another's
)

// ownership is what was found of a store.
type ownership struct {
	is     whose
	mark   kv.Mark
	detail string // what is wrong and what to do
	cause  error  // why it could not be marked, one of the sentinels
}

// code returns the code of what is wrong, empty if nothing is.
func (o ownership) code() kv.WarningCode {
	switch o.is {
	case unmarked:
		return kv.WarnStoreUnmarked
	case emptied:
		return kv.WarnStoreEmptied
	case replaced:
		return kv.WarnStoreReplaced
	case foreign:
		return kv.WarnStoreForeign
	}
	return ""
}

// judge looks at the mark, and writes it where it is missing and should not be. In a first enable a missing mark means
// nothing. Errors: those of the store and the control data; nothing is known then.
func (s *Service) judge(ctx context.Context, claimer kv.Claimer, first bool) (ownership, error) {
	id := s.owner()
	if id == "" { // the first change of the control data is still to come
		return ownership{}, nil
	}
	m, err := claimer.Mark(ctx)
	if err != nil {
		return ownership{}, fmt.Errorf("whose the keys are: %w", err)
	}
	o, known := found(m, id)
	if !known {
		return s.judgeUnmarked(ctx, claimer, m, first)
	}
	if o.is == ours {
		s.noteRestart(m)
		s.record(ctx, m)
	}
	return o, nil
}

// found returns what a mark says to whom the control data with that id belong. It reports false where there is none.
func found(m kv.Mark, id string) (ownership, bool) {
	switch {
	case m.Hidden:
		return ownership{is: unmarked, cause: kv.ErrUnavailable, detail: "the Redis user may not reach the key kv:owner, which says " +
			"whose the keys are, so that another tempskv may be let in: give it the key pattern ~kv:* (read and write)"}, true
	case m.Owner == id && m.Emptied:
		return emptiedOnes(m), true
	case m.Owner == id:
		return ownership{mark: m}, true
	case m.Owner != "":
		return foreignOnes(m, id), true
	}
	return ownership{}, false
}

// judgeUnmarked is judge for a store without a mark. It was never marked, or it has lost its keys, or somebody deleted the
// mark alone: that is believed where the server has not been started since it was seen.
func (s *Service) judgeUnmarked(ctx context.Context, claimer kv.Claimer, m kv.Mark, first bool) (ownership, error) {
	var before record
	if !first {
		var err error
		if before, _, err = recorded(ctx, s.control); err != nil {
			return ownership{}, err
		}
	}
	if before.Marked.IsZero() {
		return s.mark(ctx, claimer, kv.Mark{Owner: s.owner()}, ownership{})
	}
	holds, err := claimer.HoldsKeys(ctx)
	switch {
	case err != nil:
		return ownership{}, fmt.Errorf("whether there are keys: %w", err)
	case holds && before.flushed(m): // and those keys are of after that
		return s.mark(ctx, claimer, kv.Mark{Owner: s.owner(), Emptied: true}, emptiedOnes(m))
	case holds && before.sameRun(m):
		s.log.Warn("the key kv:owner was gone from Redis and the keys of the projects are there: it is written again; do not "+
			"delete it, and do not let Redis evict keys without expiry", "warning", kv.WarnStoreUnmarked)
		return s.mark(ctx, claimer, kv.Mark{Owner: s.owner()}, ownership{})
	case holds:
		return replacedOnes(m), nil
	case !s.mayHaveHadKeys(ctx):
		return s.mark(ctx, claimer, kv.Mark{Owner: s.owner()}, ownership{})
	}
	lost := kv.Mark{Owner: s.owner(), Emptied: true}
	return s.mark(ctx, claimer, lost, emptiedOnes(m))
}

// mark marks a store without a mark, and returns what it is then: o, if that is given, whether it could be marked or not.
func (s *Service) mark(ctx context.Context, claimer kv.Claimer, m kv.Mark, o ownership) (ownership, error) {
	got, err := claimer.Claim(ctx, kv.Mark{}, m)
	switch {
	case err == nil && got.Owner != m.Owner && got.Owner != "":
		return foreignOnes(got, m.Owner), nil
	case o.is != ours:
		o.mark = got
		return o, nil
	case err == nil && got.Owner == m.Owner:
		s.record(ctx, got)
		return ownership{mark: got}, nil
	}
	return ownership{is: unmarked, cause: causeOf(err), detail: fmt.Sprintf("the Redis could not be marked as that of this tempskv "+
		"(key kv:owner), so that another one may be let in: %s; it is tried again", why(err))}, nil
}

// causeOf returns the sentinel that an error of a mark is answered with.
func causeOf(err error) error {
	for _, kind := range []error{kv.ErrOutOfMemory, kv.ErrStorageFull, kv.ErrTimeout} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return kv.ErrUnavailable
}

// why puts the error of a mark into words.
func why(err error) string {
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

func emptiedOnes(m kv.Mark) ownership {
	return ownership{is: emptied, mark: m, detail: "the Redis has lost its data: it came back, or was flushed, without the keys " +
		"of the projects and the mark kv:owner. Bring its data back (its dump or AOF) and start it again, or restore a backup of the " +
		"whole service; or go on without the keys: tempskv engine accept-empty"}
}

func replacedOnes(m kv.Mark) ownership {
	return ownership{is: replaced, mark: m, detail: "the Redis holds keys of projects, without the mark kv:owner that this " +
		"tempskv wrote there, and it is not the server that it was: it may be another's. Bring the former one back; or, if " +
		"these keys are yours: tempskv engine accept-empty"}
}

func foreignOnes(m kv.Mark, id string) ownership {
	return ownership{is: foreign, mark: m, detail: fmt.Sprintf("this Redis database holds the keys of another tempskv, with "+
		"control data of its own (%s; here it is %s): name another database, or let both share their control data (serve "+
		"--control); if the other is gone for good, delete the key kv:owner there, and these keys become ours", m.Owner, id)}
}

// ownTime is how often the mark of a store in use is looked at, and lookTime bounds one look.
const (
	ownTime  = 2 * time.Second
	lookTime = 10 * time.Second
)

// keepOwner looks at the mark of a store in use until ctx ends.
func (s *Service) keepOwner(ctx context.Context, lease *Lease, claimer kv.Claimer) {
	tick := time.NewTicker(ownTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-claimer.Doubts():
		}
		before := s.ownership.Load().is
		_ = s.recovered("mark", func() error { return s.lookAtOwner(ctx, claimer) })
		if after := s.ownership.Load().is; before >= replaced && after < replaced {
			select {
			case s.losses <- loss{lease, kv.Refuse(kv.ErrUnavailable, "the Redis was another's, and is ours again")}:
			case <-ctx.Done():
			}
			return
		}
	}
}

// lookAtOwner is one look. While a store does not answer, what was found last stands.
func (s *Service) lookAtOwner(ctx context.Context, claimer kv.Claimer) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	s.judging.Lock()
	defer s.judging.Unlock()
	o, err := s.judge(ctx, claimer, false)
	if err == nil && ctx.Err() == nil {
		s.settle(claimer, o)
	}
	return err
}

// settle acts on what was found: it says to which servers calls may go, and refuses or lets in those of everybody.
func (s *Service) settle(claimer kv.Claimer, o ownership) {
	if claimer != nil && s.owner() != "" {
		if o.is == unmarked {
			claimer.Guard("")
		} else {
			claimer.Guard(s.owner())
		}
	}
	before := s.ownership.Swap(&o)
	if before.is == o.is && before.detail == o.detail {
		return
	}
	if s.onUse && o.is != ours { // else it is logged with all warnings
		s.log.Warn(o.detail, "warning", o.code())
	}
	if before.is > unmarked {
		s.Unblock(before.code(), 0)
	}
	if o.is > unmarked {
		s.Block(Block{Code: o.code(), Detail: o.detail})
	}
}

// ownWarnings returns what is wrong with the store while nobody is refused.
func (s *Service) ownWarnings() (all []kv.Warning) {
	if o := s.ownership.Load(); o.is == unmarked {
		all = append(all, o.code().With(o.detail))
	}
	if w, found := s.restartWarning(); found {
		all = append(all, w)
	}
	return all
}

// Distrust returns why nothing may be read from the store that is to be kept, or be deleted there for good: it is not ours,
// or has lost its keys. Nil: it may.
func (s *Service) Distrust() error {
	if o := s.ownership.Load(); o.is > unmarked {
		return refuseCalls(o.detail)
	}
	return nil
}
