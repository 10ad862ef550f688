// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// secondGateway is a second process on the same control data, which is notified of changes.
func secondGateway(t *testing.T, r rig, onUse bool) (other rig, changed chan struct{}) {
	t.Helper()
	changed = make(chan struct{}, 1)
	return serveWith(t, r.engine, r.control, lifecycle.Config{Changed: changed, OnUse: onUse}), changed
}

// acquires returns the error of Acquire.
func acquires(r rig) error {
	lease, err := r.Acquire()
	if err == nil {
		lease.Release()
	}
	return err
}

// TestFollow turns a service on, moves it and turns it off in one process, and checks it in another.
func TestFollow(t *testing.T) {
	for name, onUse := range map[string]bool{"running": false, "on use": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r rig) {
				other, changed := secondGateway(t, r, onUse)
				follow := func(want error) {
					t.Helper()
					changed <- struct{}{}
					if onUse {
						synctest.Wait() // it does nothing by itself
					} else {
						advance(10 * time.Second)
					}
					other.Ready(t.Context())
					if got := acquires(other); got != want {
						t.Errorf("Acquire in the other process: %v, want %v", got, want)
					}
				}
				synctest.Wait()
				enabled(t, r)
				follow(nil)
				opened := r.engine.openStores()
				follow(nil) // after a notification without a change
				if _, err := r.Update(t.Context(), memory("1gb")); err != nil {
					t.Fatal(err)
				}
				follow(nil)
				if got := r.engine.openStores(); got != opened {
					t.Errorf("%d stores are open, want %d", got, opened)
				}
				off := r.control.stored()
				off.Enabled = false
				if err := r.control.SaveSettings(t.Context(), off); err != nil {
					t.Fatal(err)
				}
				follow(kv.ErrDisabled)
			})
		})
	}
}

// TestFollowOutlastsFaults changes the settings while they cannot be read.
func TestFollowOutlastsFaults(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		other, changed := secondGateway(t, r, true)
		other.Ready(t.Context())
		enabled(t, r)
		r.control.load.set(errFault)
		changed <- struct{}{}
		other.Ready(t.Context())
		if got := acquires(other); got != kv.ErrDisabled {
			t.Errorf("Acquire while the settings cannot be read: %v", got)
		}
		r.control.load.set(nil)
		other.Ready(t.Context())
		if got := acquires(other); got != nil {
			t.Errorf("Acquire once they can: %v", got)
		}
	})
}

// TestSweepOnUse sweeps only in calls: projects deleted long ago once, and the others once more when a write accepted
// before must be over.
func TestSweepOnUse(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		r.end()
		s := serveWith(t, r.engine, r.control, lifecycle.Config{OnUse: true})
		r.engine.put(1)
		r.control.deleteProject(1)
		s.Wake()
		advance(time.Hour)
		if !r.engine.has(1) {
			t.Error("swept without a call")
		}
		r.control.deleteProject(2)
		r.engine.put(2)
		if err := s.Sweep(t.Context()); err != nil || r.engine.has(1) || r.engine.has(2) || pending(t, r) != 1 {
			t.Errorf("a first sweep: %v, %d deletions left", err, pending(t, r))
		}
		r.engine.put(2) // by a request accepted before
		advance(10 * time.Minute)
		if err := s.Sweep(t.Context()); err != nil || r.engine.has(2) || pending(t, r) != 0 {
			t.Errorf("a second sweep: %v, %d deletions left", err, pending(t, r))
		}
	})
}

// TestSweepOnUseWhileOff has nothing to sweep.
func TestSweepOnUseWhileOff(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r.control.deleteProject(1)
		s := serveWith(t, r.engine, r.control, lifecycle.Config{OnUse: true})
		if err := s.Sweep(t.Context()); err != nil || pending(t, r) != 1 {
			t.Errorf("Sweep while the service is off: %v", err)
		}
	})
}
