// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"fmt"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// claimerOf returns the store as a Claimer, nil if the engine manages the mark itself.
func (s *Service) claimerOf(store kv.Store, settings engine.Settings) kv.Claimer {
	if settings.Engine != engine.External || s.owner == nil {
		return nil
	}
	return store.Capabilities().Claimer
}

// ownerState says to whom a store belongs, and whether its keys are there.
type ownerState int

const (
	ours     ownerState = iota
	unmarked            // treated as ours, but without a mark that others see
	emptied             // ours, but its keys are gone
	replaced            // it holds keys and no mark, and the server is not the one that we marked
	foreign             // another's
)

// ownership is what is known of the owner of a store.
type ownership struct {
	state  ownerState
	mark   kv.Mark
	detail string // what is wrong and what to do
	cause  error  // why it could not be marked, one of the sentinels
}

// code returns the code of the warning, empty if all is well.
func (o ownership) code() engine.WarningCode {
	switch o.state {
	case unmarked:
		return engine.WarnStoreUnmarked
	case emptied:
		return engine.WarnStoreEmptied
	case replaced:
		return engine.WarnStoreReplaced
	case foreign:
		return engine.WarnStoreForeign
	}
	return ""
}

// ownershipOf returns what a mark says to the owner of the control data with that id. It reports false if there is none.
func ownershipOf(m kv.Mark, id string) (ownership, bool) {
	switch {
	case m.Hidden:
		return ownership{state: unmarked, cause: kv.ErrUnavailable, detail: "the Redis user may not reach the key kv:owner, which says " +
			"whose the keys are, so that another tempskv may be accepted: give it the key pattern ~kv:* (read and write)"}, true
	case m.Owner == id && m.Emptied:
		return emptiedStore(m), true
	case m.Owner == id:
		return ownership{mark: m}, true
	case m.Owner != "":
		return foreignStore(m, id), true
	}
	return ownership{}, false
}

func emptiedStore(m kv.Mark) ownership {
	return ownership{state: emptied, mark: m, detail: "the Redis has lost its data: it came back, or was flushed, without the keys " +
		"of the projects and the mark kv:owner. Bring its data back (its dump or AOF) and start it again, or restore a backup of the " +
		"whole service; or go on without the keys: tempskv engine accept-empty"}
}

func replacedStore(m kv.Mark) ownership {
	return ownership{state: replaced, mark: m, detail: "the Redis holds keys of projects, without the mark kv:owner that this " +
		"tempskv wrote there, and it is not the server that it was: it may be another's. Bring the former one back; or, if " +
		"these keys are yours: tempskv engine accept-empty"}
}

func foreignStore(m kv.Mark, id string) ownership {
	return ownership{state: foreign, mark: m, detail: fmt.Sprintf("this Redis database holds the keys of another tempskv, which "+
		"has its own control data (%s; here it is %s): name another database, or let both share their control data (serve "+
		"--control); if the other is gone for good, delete the key kv:owner there, and these keys become ours", m.Owner, id)}
}

// applyOwnership acts on what was found: it restricts calls to servers with our mark, and refuses or permits all calls.
func (s *Service) applyOwnership(claimer kv.Claimer, o ownership) {
	if claimer != nil && s.owner() != "" {
		if o.state == unmarked {
			claimer.Guard("")
		} else {
			claimer.Guard(s.owner())
		}
	}
	before := s.ownership.Swap(&o)
	if before.state == o.state && before.detail == o.detail {
		return
	}
	if s.onUse && o.state != ours { // else it is logged with all warnings
		s.log.Warn(o.detail, "warning", o.code())
	}
	if before.state > unmarked {
		s.Unblock(before.code(), 0)
	}
	if o.state > unmarked {
		s.Block(Block{Code: o.code(), Detail: o.detail})
	}
}

// ownershipWarnings returns what is wrong with the store while its calls are permitted.
func (s *Service) ownershipWarnings() (all []engine.Warning) {
	if o := s.ownership.Load(); o.state == unmarked {
		all = append(all, o.code().With(o.detail))
	}
	if w, found := s.restartWarning(); found {
		all = append(all, w)
	}
	return all
}

// Distrust returns an error if the store is not ours or has lost its keys: then nothing is backed up from it, and no key
// deleted for good.
func (s *Service) Distrust() error {
	if o := s.ownership.Load(); o.state > unmarked {
		return refuseCalls(o.detail)
	}
	return nil
}
