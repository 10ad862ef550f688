// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// checkTime bounds one check of the generation.
	checkTime = 2 * time.Second
	// failedPause is the time to the next check after one that failed: it is short, so that requests are not refused
	// for longer than needed.
	failedPause = 200 * time.Millisecond
	// maxTries bounds how often data that change all the time are read again to keep them in memory.
	maxTries = 3
	// maxFields bounds what is read by one command.
	maxFields = 1000
)

// check reads the generation and, if it has changed, reads again what is in memory. Its errors can be returned to callers
// that only authenticate: nothing was applied. It is no error if others change the control data meanwhile.
func (s *Store) check(ctx context.Context) error {
	v := s.beginCheck()
	read, err := s.readView(ctx, v)
	s.endCheck(read)
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

func (s *Store) noteChanged() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// readView returns a view of the current generation with the same items as v, so that no request has to read them. If the
// generation changes between two reads, it has only the items of one of them.
func (s *Store) readView(ctx context.Context, v *view) (*view, error) {
	began := time.Now()
	st, _, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	next := newView(st, began)
	if st.same(v.state) {
		return next, nil
	}
	known := v.items()
	if len(known) == 0 {
		return next, nil
	}
	for tries := 1; ; tries++ {
		next, whole, err := s.fill(ctx, known)
		if err != nil || whole || tries == maxTries {
			return next, err
		}
	}
}

// item is a credential or project to be read for a view.
type item struct {
	field string
	add   func(next *view, text string) error
}

// items returns the items of the view.
func (v *view) items() []item {
	credentials, projects := v.known()
	items := make([]item, 0, len(credentials)+len(projects))
	for h, known := range credentials {
		items = append(items, item{credentialField(h), func(next *view, text string) error {
			c, err := decode(h, text, known)
			if c != nil {
				next.addCredential(h, c)
			}
			return err
		}})
	}
	for _, known := range projects {
		items = append(items, item{projectField(known.ID), func(next *view, text string) error {
			p, err := decodeKnown(known.ID, text)
			if p != nil {
				next.addProject(p.ID, p)
			}
			return err
		}})
	}
	return items
}

// fill returns a view with the items as they are now. If the generation changes before all are read, the view holds
// those that were read of one generation, and whole is false.
func (s *Store) fill(ctx context.Context, items []item) (next *view, whole bool, err error) {
	began := time.Now()
	for some := range slices.Chunk(items, maxFields) {
		st, texts, err := s.read(ctx, fields(some)...)
		switch {
		case err != nil:
			return nil, false, err
		case next == nil:
			next = newView(st, began)
		case !st.same(next.state):
			return next, false, nil
		}
		for i, text := range texts {
			if err := some[i].add(next, text); err != nil {
				return nil, false, err
			}
		}
	}
	return next, true, nil
}

// fields returns the fields of the items.
func fields(items []item) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.field
	}
	return names
}

// unavailable makes every error one of kind ErrUnavailable: a check applies nothing.
func unavailable(err error) error {
	if err == nil || errors.Is(err, kv.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("control data: %w: %w", kv.ErrUnavailable, err)
}

// fresh returns the view if it is recent enough, after a check of the generation if necessary: a process that was frozen
// checks at its first request. Errors: ErrUnavailable.
func (s *Store) fresh(ctx context.Context, now time.Time) (*view, error) {
	lost := s.lost()
	switch v := s.view.Load(); {
	case lost != nil && !s.cfg.OnUse:
		return nil, lost
	case lost == nil && v.age(now) <= s.cfg.MaxAge:
		return v, nil
	}
	if s.failing.Load() && !s.cfg.OnUse { // a periodic check will notice when it works again
		return nil, errStale
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	err := s.alone(ctx, func() error {
		if s.lost() == nil && (s.since(now) || s.view.Load().age(time.Now()) <= s.cfg.MaxAge) { // another call has checked
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

// recheck checks the generation, unless another goroutine has begun a check since then. Errors: ErrUnavailable.
func (s *Store) recheck(ctx context.Context, then time.Time) error {
	return s.alone(ctx, func() error {
		if s.since(then) {
			return nil
		}
		return s.check(ctx)
	})
}

// since reports whether the check that made the view began since then: it is as fresh as one begun by the caller then.
func (s *Store) since(then time.Time) bool { return s.view.Load().checked.Load().After(then) }

var errStale = fmt.Errorf("control data: not read for too long: %w", kv.ErrUnavailable)

// alone calls f while no other goroutine checks the generation, or returns errStale.
func (s *Store) alone(ctx context.Context, f func() error) error {
	select {
	case s.checking <- struct{}{}:
		defer func() { <-s.checking }()
		return f()
	case <-ctx.Done():
		return errStale
	}
}
