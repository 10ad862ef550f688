// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// checkTime bounds one look at the generation.
	checkTime = 2 * time.Second
	// failedPause is the time to the next look after one that failed: it is short, so that nobody is refused for
	// longer than needed.
	failedPause = 200 * time.Millisecond
	// maxTries bounds how often data are read that others change all the time.
	maxTries = 5
	// maxFields bounds what is read by one command.
	maxFields = 1000
)

// errOvertaken means that the control data changed while they were read.
var errOvertaken = errors.New("control data: changed while they were read")

// check looks at the generation, and reads anew what is in memory if it is another. Its errors are fit for callers that
// only want to know who somebody is: nothing was applied.
func (s *Store) check(ctx context.Context) error {
	var err error
	for range maxTries { // each look in vain was one at data that somebody changed meanwhile
		if err = s.checkOnce(ctx); !errors.Is(err, errOvertaken) {
			break
		}
	}
	failed := err != nil
	if s.failing.Swap(failed) != failed {
		if failed {
			s.cfg.Log.Warn("the control data cannot be read; tokens are good for a few seconds more", "error", err)
		} else {
			s.cfg.Log.Info("the control data can be read again")
		}
	}
	return unavailable(err)
}

func (s *Store) checkOnce(ctx context.Context) error {
	began := time.Now()
	v := s.view.Load()
	st, _, err := s.read(ctx)
	if err != nil {
		return err
	}
	if st.settings != v.settings {
		s.noteChanged()
	}
	if st == v.state {
		v.checked.Store(&began)
		return nil
	}
	next := newView(st, began)
	if err := s.refill(ctx, v, next); err != nil {
		return err
	}
	if !s.view.CompareAndSwap(v, next) {
		return errOvertaken
	}
	return nil
}

func (s *Store) noteChanged() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// refill reads for next what v knew, so that no request has to. What it reads is of next's generation, or errOvertaken.
func (s *Store) refill(ctx context.Context, v, next *view) error {
	credentials, projects := v.known()
	for hashes := range slices.Chunk(slices.Collect(maps.Keys(credentials)), maxFields) {
		texts, err := s.readOf(ctx, next.state, fields(hashes, credentialField))
		if err != nil {
			return err
		}
		for i, h := range hashes {
			c, err := decode(h, texts[i], credentials[h])
			if err != nil {
				return err
			}
			if c != nil {
				next.addCredential(h, c)
			}
		}
	}
	for some := range slices.Chunk(projects, maxFields) {
		texts, err := s.readOf(ctx, next.state, fields(some, func(p *kv.Project) string { return projectField(p.ID) }))
		if err != nil {
			return err
		}
		for i, known := range some {
			p, err := decodeKnown(known.ID, texts[i])
			if err != nil {
				return err
			}
			if p != nil {
				next.addProject(p.ID, p)
			}
		}
	}
	return nil
}

// fields names the fields of several things.
func fields[T any](things []T, name func(T) string) []string {
	names := make([]string, len(things))
	for i, thing := range things {
		names[i] = name(thing)
	}
	return names
}

// readOf reads fields of that state, or returns errOvertaken.
func (s *Store) readOf(ctx context.Context, want state, fields []string) ([]string, error) {
	st, texts, err := s.read(ctx, fields...)
	if err == nil && st != want {
		err = errOvertaken
	}
	return texts, err
}

// unavailable makes every error one of kind ErrUnavailable: a look applies nothing.
func unavailable(err error) error {
	if err == nil || errors.Is(err, kv.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("control data: %w: %w", kv.ErrUnavailable, err)
}

// fresh returns the view if it is young enough to answer from, after a look at the generation if need be: a process
// that was frozen looks at its first request. Errors: ErrUnavailable.
func (s *Store) fresh(ctx context.Context, now time.Time) (*view, error) {
	if v := s.view.Load(); v.age(now) <= s.cfg.MaxAge {
		return v, nil
	}
	if s.failing.Load() && !s.cfg.OnUse { // whoever looks again and again will see when it is better
		return nil, errStale
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	err := s.alone(ctx, func() error {
		if s.view.Load().age(time.Now()) <= s.cfg.MaxAge { // somebody else has looked
			return nil
		}
		err := s.check(ctx)
		if err == nil && s.cfg.OnUse {
			s.tryFlush(ctx)
		}
		return err
	})
	return s.view.Load(), err
}

// recheck looks at the generation where it was seen to be want and is not the one in memory. Errors: ErrUnavailable.
func (s *Store) recheck(ctx context.Context, want state) error {
	return s.alone(ctx, func() error {
		if s.view.Load().state == want { // somebody else has looked
			return nil
		}
		return s.check(ctx)
	})
}

var errStale = fmt.Errorf("control data: not read for too long: %w", kv.ErrUnavailable)

// alone calls f while nobody else looks at the generation, or returns errStale.
func (s *Store) alone(ctx context.Context, f func() error) error {
	select {
	case s.checking <- struct{}{}:
		defer func() { <-s.checking }()
		return f()
	case <-ctx.Done():
		return errStale
	}
}
