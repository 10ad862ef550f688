// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// inBubbleOfTwo runs the test with two services that share control data, each with its own engine.
func inBubbleOfTwo(t *testing.T, test func(t *testing.T, a, b rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newControl()
		a, b := share(t, c), share(t, c)
		synctest.Wait()
		test(t, a, b)
	})
}

// share starts a service on control data that several share, with its own engine.
func share(t *testing.T, c *control) rig {
	return serveWith(t, &fakeEngine{}, c, lifecycle.Config{Changed: c.share()})
}

// acquire checks what a data operation would get.
func acquire(t *testing.T, r rig, want error) {
	t.Helper()
	lease, err := r.Acquire()
	if err == nil {
		lease.Release()
	}
	if !errors.Is(err, want) {
		t.Errorf("Acquire: %v, want %v", err, want)
	}
}

func TestAnotherEnables(t *testing.T) {
	inBubbleOfTwo(t, func(t *testing.T, a, b rig) {
		enabled(t, a)
		advance(time.Second)
		acquire(t, b, nil)
		if diff := cmp.Diff(a.Status(t.Context()), b.Status(t.Context())); diff != "" {
			t.Error(diff)
		}
		if got := b.control.save.count(); got != 1 {
			t.Errorf("the settings were saved %d times, want once", got)
		}
		if err := b.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		advance(time.Second)
		acquire(t, a, kv.ErrDisabled)
		if a.engine.openStores() != 0 {
			t.Error("the store of the other is still open")
		}
	})
}

func TestAnotherUpdates(t *testing.T) {
	inBubbleOfTwo(t, func(t *testing.T, a, b rig) {
		enabled(t, a)
		advance(time.Second)
		if _, err := a.Update(t.Context(), engine.Change{MaxMemory: new(engine.Memory("1gb"))}); err != nil {
			t.Fatal(err)
		}
		advance(time.Second)
		acquire(t, b, nil)
		if got := b.engine.settings.MaxMemory; got != "1gb" {
			t.Errorf("the engine of the other has max_memory %q", got)
		}
		if got := b.engine.openStores(); got != 1 {
			t.Errorf("%d stores are open, want 1", got)
		}
	})
}

// A call that comes before the settings of the other process were followed is judged by them nevertheless.
func TestCallBeforeFollowing(t *testing.T) {
	inBubbleOfTwo(t, func(t *testing.T, a, b rig) {
		unblock := b.engine.enable.block()
		enabled(t, a)
		_, err := b.CreateProject(t.Context(), access.NewProject{}, func(context.Context, access.NewProject) (access.Project, error) {
			t.Error("a project was created without a look at a store that there is")
			return access.Project{}, nil
		})
		if !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("CreateProject: %v", err)
		}
		advance(time.Second)
		unblock()
		_, err = b.Enable(t.Context(), engine.Change{MaxMemory: new(engine.Memory("1gb"))})
		for limit := 0; errors.Is(err, kv.ErrBusy) && limit < 100; limit++ {
			advance(time.Millisecond)
			_, err = b.Enable(t.Context(), engine.Change{MaxMemory: new(engine.Memory("1gb"))})
		}
		refused(t, err, kv.ErrAlreadyEnabled)
		acquire(t, b, nil)
	})
}

func TestFollowingIsTriedAgain(t *testing.T) {
	inBubbleOfTwo(t, func(t *testing.T, a, b rig) {
		enabled(t, a)
		advance(time.Second)
		b.control.load.set(errFault)
		off := b.control.stored()
		off.Enabled = false
		if err := b.control.SaveSettings(t.Context(), off); err != nil {
			t.Fatal(err)
		}
		advance(time.Minute)
		acquire(t, b, nil)
		b.control.load.set(nil)
		advance(10 * time.Second)
		acquire(t, b, kv.ErrDisabled)
	})
}

// A process that ends during a deletion leaves it to the others.
func TestSweepOfAnother(t *testing.T) {
	inBubbleOfTwo(t, func(t *testing.T, a, b rig) {
		enabled(t, a)
		advance(time.Second)
		b.engine.put(1)
		b.control.deleteProject(1) // and no service is woken
		a.end()
		advance(10 * time.Minute)
		if b.engine.has(1) || pending(t, b) != 0 {
			t.Error("not swept")
		}
	})
}
