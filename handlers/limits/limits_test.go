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

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

// passed counts how many of n requests of a token go through at once.
func passed(l *limits.Limiter, token string, n int) (ok int) {
	for range n {
		if !l.Token(token).Refused() {
			ok++
		}
	}
	return ok
}

func TestRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limits.New(limits.Config{Token: limits.Rate{PerSecond: 10, Burst: 20}})
		first := l.Token("a")
		if first.Refused() || first.Limit != 20 || first.Remaining != 19 || first.Reset != 100*time.Millisecond {
			t.Errorf("the first: %+v", first)
		}
		if got := passed(l, "a", 100); got != 19 {
			t.Errorf("%d more went through at once, want 19", got)
		}
		if v := l.Token("a"); v.Wait != 100*time.Millisecond || v.Remaining != 0 || v.Reset != 2*time.Second {
			t.Errorf("beyond the burst: %+v", v)
		}
		if got := passed(l, "b", 100); got != 20 {
			t.Errorf("%d of another token went through, want 20", got)
		}
		time.Sleep(l.Token("a").Wait)
		if got := passed(l, "a", 2); got != 1 {
			t.Errorf("%d went through after the time that was asked for, want 1", got)
		}
		all := 0
		for range 10_000 {
			time.Sleep(time.Millisecond)
			all += passed(l, "a", 3)
		}
		if all != 100 {
			t.Errorf("%d went through in 10 s, want 100", all)
		}
		time.Sleep(time.Hour)
		if got := passed(l, "a", 100); got != 20 {
			t.Errorf("%d went through after a rest, want 20", got)
		}
	})
}

func TestLimitsOfAProjectsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var own atomic.Pointer[access.ProjectLimits]
		own.Store(&access.ProjectLimits{})
		l := limits.New(limits.Config{
			Project: limits.Rate{PerSecond: 5},
			Limits: func(context.Context, kv.ProjectID) (access.ProjectLimits, error) {
				return *own.Load(), nil
			},
		})
		at := func() (n int) {
			for range 1000 {
				if !l.Take(l.Project(t.Context(), 1)).Refused() {
					n++
				}
			}
			return n
		}
		for _, tt := range []struct {
			own  access.Limit
			want int
		}{{0, 5}, {50, 50}, {access.NoLimit, 1000}, {0, 5}} {
			own.Store(&access.ProjectLimits{RequestsPerSecond: tt.own})
			time.Sleep(time.Minute)
			if got := at(); got != tt.want {
				t.Errorf("with %d of its own %d went through, want %d", tt.own, got, tt.want)
			}
		}
	})
}

// sum is a Counter in memory that can be away.
type sum struct {
	mu     sync.Mutex
	counts map[string]int64
	away   bool
}

func (s *sum) AddRequests(_ context.Context, names []string, n []int64) ([]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil, errors.New("away")
	}
	totals := make([]int64, len(names))
	for i, name := range names {
		s.counts[name] += n[i]
		totals[i] = s.counts[name]
	}
	return totals, nil
}

// TestShared has two servers share a limit: together they let it through, and each all of it where they cannot.
func TestShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		counter := &sum{counts: map[string]int64{}}
		c := limits.Config{Token: limits.Rate{PerSecond: 100, Burst: 10}, Counter: counter}
		a, b := limits.New(c), limits.New(c)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { a.Run(ctx) })
		running.Go(func() { b.Run(ctx) })
		minute := func() (all int) {
			for range 60_000 {
				all += passed(a, "t", 1) + passed(b, "t", 1)
				time.Sleep(time.Millisecond)
			}
			return all
		}
		near := func(what string, got, want int) {
			t.Helper()
			if got < want*95/100 || got > want*105/100 {
				t.Errorf("%s: %d went through in a minute, want about %d", what, got, want)
			}
		}
		near("shared", minute(), 6000)
		counter.mu.Lock()
		counter.away = true
		counter.mu.Unlock()
		near("each for itself", minute(), 12000)
		counter.mu.Lock()
		counter.away, counter.counts = false, map[string]int64{}
		counter.mu.Unlock()
		near("shared again", minute(), 6000)
		if got := passed(a, "other", 100); got != 10 {
			t.Errorf("%d of another token went through, want 10", got)
		}
		cancel()
		running.Wait()
	})
}

func TestNothingIsAllocated(t *testing.T) {
	l := limits.New(limits.Config{
		Token: limits.Rate{PerSecond: limits.MaxRate}, Project: limits.Rate{PerSecond: limits.MaxRate}, InFlight: 10,
	})
	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() {
		p := l.Project(ctx, 4711)
		slot, err := l.Acquire(ctx, p, 100)
		if l.Token("token").Refused() || l.Take(p).Refused() || err != nil {
			t.Error("refused")
		}
		l.Release(slot, 100)
	}); n > 0 {
		t.Errorf("a request costs %v allocations", n)
	}
}

func BenchmarkRequest(b *testing.B) {
	l := limits.New(limits.Config{
		Token: limits.Rate{PerSecond: limits.MaxRate}, Project: limits.Rate{PerSecond: limits.MaxRate}, InFlight: 256,
	})
	ctx := b.Context()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p := l.Project(ctx, 4711)
			l.Token("token")
			l.Take(p)
			if slot, err := l.Acquire(ctx, p, 100); err == nil {
				l.Release(slot, 100)
			}
		}
	})
}
