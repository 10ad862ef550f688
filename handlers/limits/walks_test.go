// SPDX-License-Identifier: Apache-2.0

package limits_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

// TestWalks has one project scan in many calls, at pages of some length: few of them are made at a time, fewer the longer
// they take, and another project's are made at once.
func TestWalks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		page time.Duration
		want int64
	}{{time.Millisecond, 4}, {7 * time.Millisecond, 2}, {100 * time.Millisecond, 1}} {
		t.Run(tt.page.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := limits.New(limits.Config{})
				p, other := l.Project(t.Context(), 1), l.Project(t.Context(), 2)
				ctx, stop := context.WithCancel(t.Context())
				var inside, most atomic.Int64
				walk := func() {
					for ctx.Err() == nil {
						done, err := l.Walk(ctx, p)
						if err != nil {
							if !errors.Is(err, kv.ErrTimeout) {
								t.Error(err)
							}
							return
						}
						most.Store(max(most.Load(), inside.Add(1)))
						time.Sleep(tt.page)
						inside.Add(-1)
						done()
					}
				}
				for range 50 {
					go walk()
				}
				time.Sleep(10 * time.Second) // until it is known what a page takes
				most.Store(0)
				for range 100 {
					began := time.Now()
					done, err := l.Walk(ctx, other)
					if err != nil || time.Since(began) > 0 {
						t.Fatalf("another project: %v, after %v", err, time.Since(began))
					}
					time.Sleep(tt.page)
					done()
				}
				if most.Load() != tt.want {
					t.Errorf("%d pages at a time, want %d", most.Load(), tt.want)
				}
				stop()
				synctest.Wait()
				time.Sleep(time.Second)
				if inside.Load() != 0 {
					t.Error("somebody is still inside")
				}
				done, err := l.Walk(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				done()
			})
		})
	}
}

// TestWalksRest has a project make one long page after the other: while another is active, it rests in between.
func TestWalksRest(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		active bool
		want   int
	}{"alone": {false, 100}, "next to another": {true, 34}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := limits.New(limits.Config{})
				pages := 0
				for began := time.Now(); time.Since(began) < 10*time.Second; pages++ {
					if tt.active {
						l.Project(t.Context(), 2)
					}
					done, err := l.Walk(t.Context(), l.Project(t.Context(), 1))
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(100 * time.Millisecond)
					done()
				}
				if pages != tt.want {
					t.Errorf("%d pages in 10 s, want %d", pages, tt.want)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}
