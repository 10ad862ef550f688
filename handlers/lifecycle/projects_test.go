// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// create returns what the control data would be asked to create.
func create(t *testing.T, r rig, n access.NewProject) (asked access.NewProject) {
	t.Helper()
	_, err := r.CreateProject(t.Context(), n, func(_ context.Context, n access.NewProject) (access.Project, error) {
		asked = n
		return access.Project{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

func TestCreateProjectTellsWhatTheStoreKnows(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r.engine.put(3)
		got := []access.NewProject{create(t, r, access.NewProject{}), create(t, r, access.NewProject{ID: 3})}
		enabled(t, r)
		got = append(got, create(t, r, access.NewProject{}), create(t, r, access.NewProject{ID: 3}))
		want := []access.NewProject{{Unverified: true}, {ID: 3}, {Occupied: []kv.ProjectID{3}}, {ID: 3}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEnableVerifiesProjects(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r.engine.put(2)
		r.control.unverified = []kv.ProjectID{1, 2}
		_, err := r.Enable(t.Context(), engine.Change{})
		if detail := refused(t, err, kv.ErrConflict); !strings.Contains(detail, "project 2, ") {
			t.Errorf("%q does not name project 2", detail)
		}
		if r.engine.isRunning() || r.control.stored() != engine.DefaultSettings() {
			t.Error("not as before")
		}
		r.control.unverified = []kv.ProjectID{1} // 2 is deleted
		enabled(t, r)
		if len(r.control.unverified) != 0 {
			t.Errorf("unverified: %v", r.control.unverified)
		}
	})
}

// A concurrent enable sees a project that is being created while there is no store.
func TestEnableWaitsForANewProject(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r.engine.put(1)
		var enable <-chan error
		_, err := r.CreateProject(t.Context(), access.NewProject{}, func(context.Context, access.NewProject) (access.Project, error) {
			enable = call(func() error { _, err := r.Enable(t.Context(), engine.Change{}); return err })
			synctest.Wait()
			r.control.unverified = []kv.ProjectID{1}
			return access.Project{ID: 1}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, <-enable, kv.ErrConflict)
	})
}

func TestProjectIDs(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		synctest.Wait()
		if _, err := r.ProjectIDs(t.Context()); err != kv.ErrDisabled {
			t.Errorf("while off: %v", err)
		}
		r.engine.put(7)
		enabled(t, r)
		ids, err := r.ProjectIDs(t.Context())
		if diff := cmp.Diff([]kv.ProjectID{7}, ids); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
}
