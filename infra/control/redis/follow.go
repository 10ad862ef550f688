// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/tempskv/tempskv/infra/control"
)

// closeTime bounds the last flush, so that a Redis that hangs does not keep the program from ending.
const closeTime = 2 * time.Second

// begin starts the background work, if there is any, and returns a function that ends it with a last flush.
func (s *Store) begin(ctx context.Context) (stop func()) {
	following, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	if s.cfg.OnUse {
		close(stopped)
	} else {
		go func() { defer close(stopped); s.follow(following) }()
	}
	return func() {
		cancel()
		<-stopped
		last, cancel := context.WithTimeout(ctx, closeTime)
		defer cancel()
		s.tryFlush(last)
	}
}

// follow checks the generation, and records last uses in batches, until ctx ends.
func (s *Store) follow(ctx context.Context) {
	tick := time.NewTimer(s.cfg.PollEvery)
	defer tick.Stop()
	flushed, looked := time.Now(), time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		pause := s.cfg.PollEvery
		if s.followOnce(ctx) != nil {
			pause = min(pause, failedPause)
		} else if time.Since(flushed) >= s.cfg.FlushEvery {
			s.tryFlush(ctx)
			flushed = time.Now()
		}
		if time.Since(looked) >= examineEvery {
			s.examine(ctx)
			looked = time.Now()
		}
		tick.Reset(pause)
	}
}

// followOnce is one check. A panic becomes an error.
func (s *Store) followOnce(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.cfg.Log.Error("panic", "job", "control data", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("control data: panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return s.alone(ctx, func() error { return s.check(ctx) })
}

// tryFlush records the last uses; those that fail are tried again with the next flush.
func (s *Store) tryFlush(ctx context.Context) {
	err := s.flush(ctx)
	if failed := err != nil; s.unrecorded.Swap(failed) != failed && failed {
		s.cfg.Log.Warn("recording when tokens were last used; it is tried again", "error", err)
	}
}

// flush records what was used since the last flush.
func (s *Store) flush(ctx context.Context) error {
	s.flushing.Lock() // the last flush may come while a request makes one
	defer s.flushing.Unlock()
	if !s.used.Swap(false) {
		return nil
	}
	due := map[*control.Bearer]int64{}
	credentials, _ := s.view.Load().known()
	for _, c := range credentials {
		if used, ok := c.Due(); ok {
			due[c.Bearer] = used
		}
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(due)), maxFields) {
		args := []any{"hset", usedKey}
		for _, b := range some {
			args = append(args, hexOf(b.Hash), due[b])
		}
		if _, err := s.do(ctx, usedKey, true, args...); err != nil {
			s.used.Store(true)
			return err
		}
		for _, b := range some {
			b.Saved(due[b])
		}
	}
	return nil
}
