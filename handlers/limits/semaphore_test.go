// SPDX-License-Identifier: Apache-2.0

package limits_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/runtime/arrivals"
)

// TestRoundRobin has one project send a flood and another little: the other one waits for a slot or two, and not for
// the flood.
func TestRoundRobin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const places, work = 4, time.Millisecond
		l := limits.New(limits.Config{InFlight: places})
		flood, other := l.Project(t.Context(), 1), l.Project(t.Context(), 2)
		var inside, most, done atomic.Int64
		operate := func(p *limits.Project) {
			slot, err := l.Acquire(t.Context(), p, 0)
			if err != nil {
				t.Error(err)
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(work)
			inside.Add(-1)
			done.Add(1)
			l.Release(slot, 0)
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
				t.Errorf("an operation during the flood took %v", took)
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
		slot, err := l.Acquire(t.Context(), p, 0)
		if err != nil {
			t.Fatal(err)
		}
		var overloaded, waited atomic.Int64
		begin := time.Now()
		var all sync.WaitGroup
		for range 2000 {
			all.Go(func() {
				switch _, err := l.Acquire(t.Context(), p, 0); {
				case !errors.Is(err, limits.ErrOverloaded) || !errors.Is(err, kv.ErrUnavailable):
					t.Errorf("got %v", err)
				case time.Since(begin) == 0:
					overloaded.Add(1)
				default:
					waited.Add(1)
				}
			})
		}
		synctest.Wait()
		if n := overloaded.Load(); n != 2000-1024 {
			t.Errorf("%d were refused at once", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := l.Acquire(ctx, other, 0); !errors.Is(err, kv.ErrTimeout) {
			t.Errorf("an operation whose time is over: %v", err)
		}
		all.Wait()
		if n, took := waited.Load(), time.Since(begin); n != 1024 || took != time.Second {
			t.Errorf("%d waited for %v", n, took)
		}
		l.Release(slot, 0)
		if _, err := l.Acquire(t.Context(), other, 0); err != nil {
			t.Errorf("after the overload: %v", err)
		}
	})
}

// TestNobodyIsForgotten has operations come and go as fast as they can: each gets its slot.
func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	l := limits.New(limits.Config{InFlight: 16})
	var all sync.WaitGroup
	for id := range kv.ProjectID(8) {
		all.Go(func() {
			p := l.Project(t.Context(), id+1)
			for range 5000 {
				slot, err := l.Acquire(t.Context(), p, int64(id)<<12)
				if err != nil {
					t.Error(err)
					return
				}
				l.Release(slot, int64(id)<<10)
			}
		})
	}
	all.Wait()
	if taken, waiting := l.InFlight(); taken != 0 || waiting != 0 {
		t.Errorf("%d places are taken and %d wait in the end", taken, waiting)
	}
}

// TestWaitersThatFollow has operations come and go, and some of them leave before they get their slot, while Run begins and ends: each
// gets its slot, and no more run at a time than there are.
func TestWaitersThatFollow(t *testing.T) {
	t.Parallel()
	const places = 16
	l := limits.New(limits.Config{InFlight: places, Follow: arrivals.Follow})
	ctx, end := context.WithCancel(t.Context())
	var running, all sync.WaitGroup
	running.Go(func() {
		for ctx.Err() == nil {
			some, cancel := context.WithTimeout(ctx, 3*time.Millisecond)
			l.Run(some)
			cancel()
		}
	})
	var inside atomic.Int64
	for id := range kv.ProjectID(24) {
		p := l.Project(t.Context(), id%8+1)
		all.Go(func() {
			for i := range 500 {
				ctx, leave := t.Context(), context.CancelFunc(func() {})
				leaves := i%3 == 0
				if leaves {
					ctx, leave = context.WithTimeout(ctx, time.Duration(i%50)*time.Microsecond)
				}
				slot, err := l.Acquire(ctx, p, int64(id%8)<<12)
				leave()
				if err != nil {
					if !leaves {
						t.Error(err)
					}
					continue
				}
				if n := inside.Add(1); n > places {
					t.Errorf("%d at a time", n)
				}
				runtime.Gosched()
				inside.Add(-1)
				l.Release(slot, int64(id)<<8)
			}
		})
	}
	all.Wait()
	end()
	running.Wait()
	if taken, waiting := l.InFlight(); taken != 0 || waiting != 0 {
		t.Errorf("%d places are taken and %d wait in the end", taken, waiting)
	}
}

// TestNoPipe checks that operations get their slots if there can be no pipe.
func TestNoPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		none := func(func()) (ask, stop func(), err error) { return nil, nil, errors.New("too many open files") }
		l := limits.New(limits.Config{InFlight: 1, Follow: none})
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		p := l.Project(ctx, 1)
		first, err := l.Acquire(ctx, p, 0)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Millisecond, func() { l.Release(first, 0) })
		if _, err := l.Acquire(ctx, p, 0); err != nil {
			t.Error(err)
		}
		end()
		running.Wait()
	})
}

// enter has n operations of the project enter that send size bytes each, and slot. It returns those that are inside before
// anybody leaves.
func enter(t *testing.T, l *limits.Limiter, p *limits.Project, n int, size int64) []limits.Slot {
	t.Helper()
	inside := make(chan limits.Slot, n)
	for range n {
		go func() {
			if slot, err := l.Acquire(t.Context(), p, size); err == nil {
				inside <- slot
			}
		}()
	}
	synctest.Wait()
	var slots []limits.Slot
	for len(inside) > 0 {
		slots = append(slots, <-inside)
	}
	return slots
}

// TestLargeOperations counts how many run at a time in 64 places.
func TestLargeOperations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		sent, answered int64 // bytes
		want           int
	}{
		{"small", 100, 100, 64},
		{"below two places", 2000, 2000, 64},
		{"two places", 4 << 10, 100, 32},
		{"large requests", 1 << 20, 100, 4},
		{"large answers", 100, 1 << 20, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := limits.New(limits.Config{InFlight: 64})
				p := l.Project(t.Context(), 1)
				for range 40 { // what their answers are like is not known before
					slot, err := l.Acquire(t.Context(), p, tt.sent)
					if err != nil {
						t.Fatal(err)
					}
					l.Release(slot, tt.answered)
				}
				if got := len(enter(t, l, p, 100, tt.sent)); got != tt.want {
					t.Errorf("%d run at a time, want %d", got, tt.want)
				}
			})
		})
	}
}

// TestSmallBesideLarge has a small operation come while large ones of another project fill every place: it is the next.
func TestSmallBesideLarge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limits.New(limits.Config{InFlight: 64})
		large := enter(t, l, l.Project(t.Context(), 1), 3, 1<<20)
		enter(t, l, l.Project(t.Context(), 2), 10, 0)
		// Six places are left, of which a large one needs sixteen.
		if waiting := enter(t, l, l.Project(t.Context(), 1), 100, 1<<20); len(large) != 3 || len(waiting) != 0 {
			t.Fatalf("%d and %d large ones run", len(large), len(waiting))
		}
		if small := enter(t, l, l.Project(t.Context(), 2), 1, 0); len(small) != 0 {
			t.Fatal("a small one overtook what waited before it")
		}
		l.Release(large[0], 0)
		synctest.Wait()
		if taken, waiting := l.InFlight(); taken != 2*16+10+16+1 || waiting != 99 {
			t.Errorf("%d places are taken and %d wait", taken, waiting)
		}
	})
}

// TestAWaiterLeaves has the one give up that is next and needs much room: who is behind it needs less.
func TestAWaiterLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limits.New(limits.Config{InFlight: 64})
		p, other := l.Project(t.Context(), 1), l.Project(t.Context(), 2)
		enter(t, l, other, 60, 0)
		ctx, giveUp := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := l.Acquire(ctx, p, 1<<20)
			ended <- err
		}()
		synctest.Wait()
		enter(t, l, p, 1, 0)
		giveUp()
		synctest.Wait()
		if err := <-ended; !errors.Is(err, kv.ErrTimeout) {
			t.Errorf("the one that gave up: %v", err)
		}
		if taken, waiting := l.InFlight(); taken != 61 || waiting != 0 {
			t.Errorf("%d places are taken and %d wait", taken, waiting)
		}
	})
}
