// SPDX-License-Identifier: Apache-2.0

package limits_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

// TestTurns has one project send a flood and another little: the little one waits for a turn or two, and not for
// the flood.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const places, work = 4, time.Millisecond
		l := limits.New(limits.Config{InFlight: places})
		flood, other := l.Project(t.Context(), 1), l.Project(t.Context(), 2)
		var inside, most, done atomic.Int64
		operate := func(p *limits.Project) {
			if err := l.Enter(t.Context(), p); err != nil {
				t.Error(err)
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(work)
			inside.Add(-1)
			done.Add(1)
			l.Leave()
		}
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() { operate(flood) })
		}
		synctest.Wait()
		if running, waiting := l.InFlight(); running != places || waiting != 500-places {
			t.Errorf("%d run and %d wait", running, waiting)
		}
		for range 20 {
			begin := time.Now()
			operate(other)
			if took := time.Since(begin); took > 3*work {
				t.Errorf("an operation beside the flood took %v", took)
			}
		}
		all.Wait()
		if most.Load() > places || done.Load() != 520 {
			t.Errorf("%d at a time, %d done", most.Load(), done.Load())
		}
		if running, waiting := l.InFlight(); running != 0 || waiting != 0 {
			t.Errorf("%d run and %d wait in the end", running, waiting)
		}
	})
}

func TestCrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limits.New(limits.Config{InFlight: 1})
		p, other := l.Project(t.Context(), 1), l.Project(t.Context(), 2)
		if err := l.Enter(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		var crowded, waited atomic.Int64
		begin := time.Now()
		var all sync.WaitGroup
		for range 2000 {
			all.Go(func() {
				switch err := l.Enter(t.Context(), p); {
				case !errors.Is(err, limits.ErrCrowded) || !errors.Is(err, kv.ErrUnavailable):
					t.Errorf("got %v", err)
				case time.Since(begin) == 0:
					crowded.Add(1)
				default:
					waited.Add(1)
				}
			})
		}
		synctest.Wait()
		if n := crowded.Load(); n != 2000-1024 {
			t.Errorf("%d were refused at once", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := l.Enter(ctx, other); !errors.Is(err, kv.ErrTimeout) {
			t.Errorf("an operation whose time is over: %v", err)
		}
		all.Wait()
		if n, took := waited.Load(), time.Since(begin); n != 1024 || took != time.Second {
			t.Errorf("%d waited for %v", n, took)
		}
		l.Leave()
		if err := l.Enter(t.Context(), other); err != nil {
			t.Errorf("after the crowd: %v", err)
		}
		l.Leave()
	})
}

// TestNobodyIsForgotten has operations come and go as fast as they can: each comes to its turn.
func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	l := limits.New(limits.Config{InFlight: 2})
	var all sync.WaitGroup
	for id := range kv.ProjectID(8) {
		all.Go(func() {
			p := l.Project(t.Context(), id+1)
			for range 5000 {
				if err := l.Enter(t.Context(), p); err != nil {
					t.Error(err)
					return
				}
				l.Leave()
			}
		})
	}
	all.Wait()
	if running, waiting := l.InFlight(); running != 0 || waiting != 0 {
		t.Errorf("%d run and %d wait in the end", running, waiting)
	}
}
