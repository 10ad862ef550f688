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
	// checkTime bounds one look at the generation.
	checkTime = 2 * time.Second
	// failedPause is the time to the next look after one that failed: it is short, so that requests are not refused
	// for longer than needed.
	failedPause = 200 * time.Millisecond
	// maxTries bounds how often data are read, to keep them in memory, that change all the time.
	maxTries = 3
	// maxFields bounds what is read by one command.
	maxFields = 1000
)

// check looks at the generation, and reads again what is in memory if it is another. Its errors are fit for callers that
// only want to know who somebody is: nothing was applied. That others change the control data meanwhile is none.
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

// readView returns a view of the present generation that knows what v knows, so that no request has to read it. Where
// the generation changes between any two reads, it knows only what one of them returned.
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

// items returns what there is in the view.
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

// fill returns a view with the items as they are now. Where the generation changes before all are read, the view holds
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

// recheck looks at the generation, unless somebody else's look began since then. Errors: ErrUnavailable.
func (s *Store) recheck(ctx context.Context, then time.Time) error {
	return s.alone(ctx, func() error {
		if s.since(then) {
			return nil
		}
		return s.check(ctx)
	})
}

// since reports whether the look that the view is of began since then: it is as fresh as a look by who asked then.
func (s *Store) since(then time.Time) bool { return s.view.Load().checked.Load().After(then) }

var errStale = fmt.Errorf("control data: not read for too long: %w", kv.ErrUnavailable)

// alone calls f while no other goroutine looks at the generation, or returns errStale.
func (s *Store) alone(ctx context.Context, f func() error) error {
	select {
	case s.checking <- struct{}{}:
		defer func() { <-s.checking }()
		return f()
	case <-ctx.Done():
		return errStale
	}
}
