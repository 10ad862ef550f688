// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

func redisURL(url string) engine.Change { return engine.Change{RedisURL: &url} }

// TestMove moves a service to another Redis: calls are accepted all the time, and one that is under way ends on the old
// store.
func TestMove(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		synctest.Wait()
		enabled(t, r)
		r.engine.newOnUpdate = true
		unblock := r.engine.update.block()
		underWay, err := r.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		moved := make(chan error, 1)
		go func() { _, err := r.Update(t.Context(), redisURL("redis://b")); moved <- err }()
		synctest.Wait()
		if err := acquires(r); err != nil {
			t.Errorf("Acquire while the new one is looked at: %v", err)
		}
		unblock()
		synctest.Wait()
		if err := acquires(r); err != nil {
			t.Errorf("Acquire while the old one is in use: %v", err)
		}
		if n := r.engine.openStores(); n != 2 {
			t.Errorf("%d stores are open while a call is under way, want 2", n)
		}
		underWay.Release()
		if err := <-moved; err != nil {
			t.Error(err)
		}
		if n, url := r.engine.openStores(), r.control.stored().RedisURL; n != 1 || url != "redis://b" {
			t.Errorf("%d stores are open, stored is %q", n, url)
		}
	})
}

// TestFailedMove checks that a move that the engine refuses changes nothing, and is not shown as a problem of the
// service.
func TestFailedMove(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		synctest.Wait()
		enabled(t, r)
		before := r.control.stored()
		r.engine.update.set(errFault)
		if _, err := r.Update(t.Context(), redisURL("redis://b")); !errors.Is(err, errFault) {
			t.Errorf("Update = %v", err)
		}
		status := r.Status(t.Context())
		if err := acquires(r); err != nil || !status.Healthy || status.Message != "" || r.control.stored() != before {
			t.Errorf("Acquire = %v, status %+v, stored %+v", err, status, r.control.stored())
		}
	})
}

// TestMoveWhileDown moves a service that could not come up with the stored Redis to the right one, also while it tries.
func TestMoveWhileDown(t *testing.T) {
	for _, trying := range []bool{false, true} {
		inBubble(t, func(t *testing.T, r rig) {
			synctest.Wait()
			enabled(t, r)
			r.end()
			r.engine.newOnUpdate = true
			if trying {
				defer r.engine.enable.block()()
			} else {
				r.engine.enable.set(errFault)
			}
			other := serve(t, r.engine, r.control)
			advance(time.Minute)
			if err := acquires(other); !errors.Is(err, kv.ErrUnavailable) {
				t.Fatalf("Acquire = %v", err)
			}
			other.engine.update.set(errFault)
			if _, err := other.Update(t.Context(), redisURL("redis://b")); !errors.Is(err, errFault) {
				t.Errorf("Update = %v", err)
			}
			other.engine.update.set(nil)
			if _, err := other.Update(t.Context(), redisURL("redis://b")); err != nil {
				t.Error(err)
			}
			if err := acquires(other); err != nil || other.control.stored().RedisURL != "redis://b" {
				t.Errorf("Acquire = %v, stored %+v", err, other.control.stored())
			}
		})
	}
}

// TestFollowMove follows another process to another Redis without a gap.
func TestFollowMove(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		other, changed := secondGateway(t, r, false)
		synctest.Wait()
		enabled(t, r)
		changed <- struct{}{}
		advance(10 * time.Second)
		r.engine.newOnUpdate = true
		if _, err := r.Update(t.Context(), redisURL("redis://b")); err != nil {
			t.Fatal(err)
		}
		unblock := r.engine.update.block()
		changed <- struct{}{}
		advance(10 * time.Second)
		if err := acquires(other); err != nil {
			t.Errorf("Acquire while it follows: %v", err)
		}
		unblock()
		advance(10 * time.Second)
		if err := acquires(other); err != nil || other.Status(t.Context()).Settings != r.Status(t.Context()).Settings {
			t.Errorf("Acquire = %v, status %+v", err, other.Status(t.Context()))
		}
		if n := r.engine.openStores(); n != 2 {
			t.Errorf("%d stores are open, want one for each process", n)
		}
	})
}
