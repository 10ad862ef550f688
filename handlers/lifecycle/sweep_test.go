// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

func pending(t *testing.T, r rig) int {
	t.Helper()
	ids, err := r.control.Deletions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

func TestSweep(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		synctest.Wait()
		r.engine.put(1)
		r.engine.put(2)
		r.control.deleteProject(1)
		r.Wake()
		synctest.Wait()
		if r.engine.has(1) || !r.engine.has(2) {
			t.Error("not swept at once, or too much")
		}
		r.engine.put(1) // by a request accepted before
		advance(time.Minute)
		if r.engine.has(1) || pending(t, r) != 0 {
			t.Error("a late write was not swept")
		}
		if got := r.engine.sweep.count(); got != 2 {
			t.Errorf("%d sweeps of one project, want 2", got)
		}
	})
}

func TestSweepOfWhatWasDeletedWhileOff(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r.engine.put(1)
		r.control.deleteProject(1)
		r.Wake()
		advance(time.Hour)
		enabled(t, r)
		advance(2 * time.Minute)
		if r.engine.has(1) || pending(t, r) != 0 {
			t.Error("not swept")
		}
	})
}

func TestSweepGoesOnAfterARestart(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		r.engine.put(1)
		r.control.deleteProject(1)
		r.engine.sweep.block()
		r.Wake()
		synctest.Wait()
		r.end() // interrupts the sweep
		r.engine.sweep.with(func() { r.engine.sweep.gate = nil })
		serve(t, r.engine, r.control)
		advance(2 * time.Minute)
		if r.engine.has(1) || pending(t, r) != 0 {
			t.Error("not swept")
		}
	})
}

func TestSweepOutlastsFaults(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		r.engine.put(1)
		r.control.deleteProject(1)
		r.engine.sweep.set(kv.ErrUnavailable)
		r.Wake()
		advance(time.Minute)
		r.engine.sweep.with(func() { r.engine.sweep.err, r.engine.sweep.panic = nil, "fault" })
		advance(time.Minute)
		r.engine.sweep.with(func() { r.engine.sweep.panic = nil })
		advance(2 * time.Minute)
		if r.engine.has(1) || pending(t, r) != 0 {
			t.Error("not swept")
		}
	})
}

// Disable does not wait for a long sweep.
func TestDisableInterruptsTheSweep(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		r.control.deleteProject(1)
		defer r.engine.sweep.block()()
		r.Wake()
		synctest.Wait()
		start := time.Now()
		if err := r.Disable(t.Context()); err != nil || time.Since(start) > 0 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// A project deleted at a time in the future, by a wrong clock, is swept for the last time a minute after the first sweep.
func TestSweepOfADeletionInTheFuture(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		synctest.Wait()
		r.engine.put(1)
		r.control.deleteProject(1)
		r.control.dateDeletions(time.Now().Add(5 * 365 * 24 * time.Hour))
		r.Wake()
		synctest.Wait()
		r.engine.put(1) // by a request accepted before
		advance(2 * time.Minute)
		if r.engine.has(1) || pending(t, r) != 0 {
			t.Error("not swept")
		}
	})
}
