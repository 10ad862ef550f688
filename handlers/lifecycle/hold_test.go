// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// holding runs a test on a service that is on, and whose control data have the Hold that hold points at.
func holding(t *testing.T, test func(t *testing.T, r rig, hold *atomic.Pointer[lifecycle.Hold], broken *atomic.Bool)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hold atomic.Pointer[lifecycle.Hold]
		var broken atomic.Bool
		r := serveWith(t, &fakeEngine{}, newControl(), lifecycle.Config{Hold: func(context.Context) (*lifecycle.Hold, error) {
			if broken.Load() {
				return nil, kv.ErrUnavailable
			}
			return hold.Load(), nil
		}})
		enabled(t, r)
		test(t, r, &hold, &broken)
		r.end()
	})
}

func TestHold(t *testing.T) {
	holding(t, func(t *testing.T, r rig, hold *atomic.Pointer[lifecycle.Hold], broken *atomic.Bool) {
		reach := func(p kv.ProjectID) error {
			lease, err := r.AcquireFor(t.Context(), p)
			if err == nil {
				lease.Release()
			}
			return err
		}
		many := &lifecycle.Hold{Code: engine.WarnRestore, Detail: "it is restored", Warning: "half of it is there"}
		for p := kv.ProjectID(1); p <= 12; p++ {
			many.Projects = append(many.Projects, p)
		}
		hold.Store(many)
		refusal, ok := errors.AsType[*kv.Refusal](reach(12))
		if detail := refused(t, reach(12), kv.ErrUnavailable); detail != "it is restored" || !ok || !refusal.Shown {
			t.Errorf("refused: %q, %+v", detail, refusal)
		}
		for _, p := range []kv.ProjectID{0, 13} {
			if err := reach(p); err != nil {
				t.Errorf("project %d: %v", p, err)
			}
		}
		want := "project 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more: half of it is there"
		if s := r.Status(t.Context()); !s.Healthy || !slices.Contains(s.Warnings, engine.WarnRestore.With(want)) {
			t.Errorf("the status: %+v", s)
		}
		hold.Store(&lifecycle.Hold{All: true, Code: engine.WarnRestore, Detail: "all of it", Warning: "is restored"})
		refused(t, reach(13), kv.ErrUnavailable)
		if s := r.Status(t.Context()); s.Healthy || !slices.Contains(s.Warnings, engine.WarnRestore.With("every project: is restored")) {
			t.Errorf("the status: %+v", s)
		}
		broken.Store(true)
		if err := reach(13); !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("the state is unknown: %v", err)
		}
	})
}

// Projects are neither created nor deleted while their keys, or access to them, are being replaced.
func TestHoldOfProjects(t *testing.T) {
	holding(t, func(t *testing.T, r rig, hold *atomic.Pointer[lifecycle.Hold], _ *atomic.Bool) {
		removed := 0
		remove := func(p kv.ProjectID) error {
			return r.DeleteProject(t.Context(), p, func(context.Context, kv.ProjectID) error { removed++; return nil })
		}
		create := func() error {
			_, err := r.CreateProject(t.Context(), access.NewProject{Name: "p", ID: 5},
				func(context.Context, access.NewProject) (access.Project, error) { return access.Project{}, nil })
			return err
		}
		hold.Store(&lifecycle.Hold{Projects: []kv.ProjectID{1}, Running: true})
		refused(t, remove(1), kv.ErrBusy)
		if err := errors.Join(remove(2), create()); err != nil {
			t.Error(err)
		}
		hold.Store(&lifecycle.Hold{Running: true, Access: true})
		refused(t, remove(2), kv.ErrBusy)
		refused(t, create(), kv.ErrBusy)
		hold.Store(&lifecycle.Hold{Projects: []kv.ProjectID{1}, Access: true}) // it waits, perhaps for ever
		if err := errors.Join(remove(1), create()); err != nil {
			t.Error(err)
		}
		if removed != 2 {
			t.Errorf("%d projects were deleted, want 2", removed)
		}
	})
}

// A sweep leaves the keys of a project alone while they are being replaced, and gives up if that begins meanwhile.
func TestHoldOfSweep(t *testing.T) {
	holding(t, func(t *testing.T, r rig, hold *atomic.Pointer[lifecycle.Hold], _ *atomic.Bool) {
		hold.Store(&lifecycle.Hold{Projects: []kv.ProjectID{1}})
		r.control.deleteProject(1)
		r.Wake()
		advance(2 * time.Minute)
		if calls := r.engine.sweep.count(); calls != 0 {
			t.Fatalf("keys that are being restored were deleted %d times", calls)
		}
		hold.Store(nil)
		unblock := r.engine.sweep.block() // the sweep begins and waits
		defer unblock()
		advance(2 * time.Minute)
		if calls := r.engine.sweep.count(); calls != 1 {
			t.Fatalf("the keys were deleted %d times, want once", calls)
		}
		hold.Store(&lifecycle.Hold{Projects: []kv.ProjectID{1}})
		advance(2 * time.Second)
		unblock()
		advance(2 * time.Minute)
		if left, _ := r.control.Deletions(t.Context()); len(left) != 1 || r.engine.sweep.count() != 1 {
			t.Errorf("the sweep went on: %v, %d calls", left, r.engine.sweep.count())
		}
		hold.Store(nil)
		advance(5 * time.Minute)
		if left, _ := r.control.Deletions(t.Context()); len(left) != 0 {
			t.Errorf("the keys are not swept: %v", left)
		}
	})
}

// Drain waits for those that have the store, and for no one else; the store stays in use.
func TestDrain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, r rig) {
		if err := r.Drain(t.Context()); err != nil {
			t.Errorf("nothing is on: %v", err)
		}
		enabled(t, r)
		first, err := r.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		drained := make(chan error, 1)
		go func() { drained <- r.Drain(t.Context()) }()
		<-first.Closing()
		second, err := r.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case err := <-drained:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		first.Release()
		if err := <-drained; err != nil {
			t.Error(err)
		}
		if _, err := second.ProjectIDs(t.Context()); err != nil {
			t.Errorf("the store after that: %v", err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if detail := refused(t, r.Drain(short), kv.ErrTimeout); !strings.Contains(detail, "do not end") {
			t.Error(detail)
		}
		second.Release()
		if err := r.Disable(t.Context()); err != nil {
			t.Error(err)
		}
		if n := r.engine.openStores(); n != 0 {
			t.Errorf("%d stores are open after that", n)
		}
	})
}
