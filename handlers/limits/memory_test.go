// SPDX-License-Identifier: Apache-2.0

package limits_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

func TestMemoryIsShared(t *testing.T) {
	t.Parallel()
	l := limits.New(limits.Config{Memory: 1000})
	first, second := l.Account(l.Project(t.Context(), 1), "a"), l.Account(nil, "a")
	fill := func(a *limits.Account) (n int64) {
		for a.Try(1) == nil {
			n++
		}
		return n
	}
	// Each may have what is left after it.
	if n := fill(first); n != 500 {
		t.Errorf("one project has %d bytes of 1000, want half", n)
	}
	if n := fill(second); n != 250 {
		t.Errorf("a credential next to it has %d bytes, want half of the rest", n)
	}
	if err := l.Account(nil, "").Try(125); err != nil {
		t.Errorf("a caller without a token: %v", err)
	}
	if got, want := l.Memory(), (limits.Memory{Max: 1000, Taken: 875, Refused: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	release := first.Keep()
	first.Release()
	second.Release()
	if got := l.Memory().Taken; got != 625 {
		t.Errorf("%d bytes are taken, with 500 that are kept, want 625", got)
	}
	release()
	if got := l.Memory().Taken; got != 125 {
		t.Errorf("%d bytes are taken in the end, want 125", got)
	}
}

func TestMemoryIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limits.New(limits.Config{Memory: 1000})
		p := l.Project(t.Context(), 1)
		before := l.Account(p, "")
		if err := before.Try(500); err != nil {
			t.Fatal(err)
		}
		const n = 200
		got := make(chan error, n)
		for range n {
			go func() {
				a := l.Account(p, "")
				err := a.Take(t.Context(), 100)
				a.Release()
				got <- err
			}()
		}
		synctest.Wait() // 64 wait, the others were refused at once
		if refused := l.Memory().Refused; refused != n-64 || len(got) != n-64 {
			t.Errorf("%d of %d were refused at once", refused, n)
		}
		before.Release()
		synctest.Wait()
		if len(got) != n {
			t.Errorf("%d of %d have an answer", len(got), n)
		}
		close(got)
		granted := 0
		for err := range got {
			if err == nil {
				granted++
			}
		}
		if taken := l.Memory().Taken; granted != 64 || taken != 0 {
			t.Errorf("%d waited for memory and got it, want 64; %d bytes are taken", granted, taken)
		}
	})
}

func TestMemoryIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limits.New(limits.Config{Memory: 1000})
		a := l.Account(nil, "a")
		if err := a.Take(t.Context(), 501); !errors.Is(err, limits.ErrMemory) || !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("more than one may have: %v", err)
		}
		if err := a.Take(t.Context(), 400); err != nil {
			t.Fatal(err)
		}
		if err := a.Cover(t.Context(), 300); err != nil {
			t.Errorf("what it has: %v", err)
		}
		if err := a.Cover(t.Context(), 700); !errors.Is(err, limits.ErrMemory) {
			t.Errorf("what nobody gives back: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := a.Take(ctx, 400); !errors.Is(err, kv.ErrTimeout) {
			t.Errorf("after the end of the context: %v", err)
		}
		if taken := a.Taken(); taken != 400 {
			t.Errorf("%d bytes are taken, want 400", taken)
		}
	})
}
