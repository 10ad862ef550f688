// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"errors"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// create creates a project and returns it.
func (r *rig) create(n access.NewProject) access.Project {
	r.Helper()
	p, err := r.CreateProject(r.Context(), n)
	r.ok(err)
	return p
}

// equal compares values; an empty list is the same as nil.
func (r *rig) equal(what string, got, want any) {
	r.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		r.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// fails checks the kind of an error.
func (r *rig) fails(what string, err, want error) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// refuses checks that an error says why.
func (r *rig) refuses(what string, err, want error) {
	r.Helper()
	r.fails(what, err, want)
	if refusal, ok := errors.AsType[*kv.Refusal](err); !ok || refusal.Detail == "" {
		r.Errorf("%s: %v does not say why", what, err)
	}
}

func projectIDs(r *rig) {
	var got []kv.ProjectID
	for _, n := range []access.NewProject{{}, {ID: 5}, {}, {Occupied: []kv.ProjectID{3, 4, 9}}, {}, {ID: 2000}} {
		got = append(got, r.create(n).ID)
	}
	r.equal("ids", got, []kv.ProjectID{1, 5, 2, 6, 7, 2000})
	r.ok(r.DeleteProject(r.Context(), 7))
	r.restart()
	r.equal("id after a deletion and a restart", r.create(access.NewProject{}).ID, kv.ProjectID(8))
}

func projectIDsTaken(r *rig) {
	r.create(access.NewProject{ID: 1})
	r.create(access.NewProject{})
	r.ok(r.DeleteProject(r.Context(), 2))
	for range 2 {
		for _, id := range []kv.ProjectID{1, 2} {
			_, err := r.CreateProject(r.Context(), access.NewProject{ID: id})
			r.refuses("an id that is or was in use", err, kv.ErrConflict)
		}
		r.ok(r.Deleted(r.Context(), 2)) // that its keys are gone changes nothing
		r.restart()
	}
}

func projectIDsFull(r *rig) {
	for _, id := range []kv.ProjectID{-1, kv.MaxProjectID + 1} {
		_, err := r.CreateProject(r.Context(), access.NewProject{ID: id})
		r.refuses("an id out of range", err, kv.ErrInvalid)
	}
	r.create(access.NewProject{ID: kv.MaxProjectID})
	r.equal("the next id", r.create(access.NewProject{}).ID, kv.ProjectID(1))
}

func projects(r *rig) {
	before := time.Now().Add(-time.Millisecond)
	b, a := r.create(access.NewProject{Name: "b", ID: 7}), r.create(access.NewProject{Name: "a, twice \x00 and ünï"})
	for range 2 {
		list, err := r.ListProjects(r.Context())
		r.ok(err)
		r.equal("projects", list, []access.Project{a, b})
		one, err := r.Project(r.Context(), 7)
		r.ok(err)
		r.equal("project", one, b)
		if one.CreatedAt.Before(before) || one.CreatedAt.After(time.Now()) || one.CreatedAt.Location() != time.UTC {
			r.Errorf("created at %v", one.CreatedAt)
		}
		for id, want := range map[kv.ProjectID]bool{1: true, 7: true, 2: false, 0: false} {
			got, err := r.HasProject(r.Context(), id)
			r.ok(err)
			r.equal("has project", got, want)
		}
		r.restart()
	}
	_, err := r.Project(r.Context(), 2)
	r.fails("a project that is not there", err, kv.ErrProjectNotFound)
}

// updateAtOnce has many callers change different fields of a project.
func updateAtOnce(r *rig) {
	p := r.create(access.NewProject{Name: "a"})
	changes := []access.ProjectChange{
		{RequestsPerSecond: new(access.Limit(1))}, {Keys: new(access.Limit(2))}, {Bytes: new(access.Limit(3))}, {Name: new("b")},
	}
	var callers sync.WaitGroup
	for i := range 32 {
		callers.Go(func() {
			_, err := r.UpdateProject(r.Context(), p.ID, changes[i%len(changes)])
			r.report(err)
		})
	}
	callers.Wait()
	got, err := r.Project(r.Context(), p.ID)
	r.ok(err)
	for _, c := range changes {
		p = p.With(c)
	}
	r.equal("project", got, p)
}

func updateProject(r *rig) {
	p, other := r.create(access.NewProject{Name: "a"}), r.create(access.NewProject{Name: "b"})
	check := func(want access.Project) {
		r.Helper()
		for range 2 {
			got, err := r.Project(r.Context(), want.ID)
			r.ok(err)
			r.equal("project", got, want)
			limits, err := r.ProjectLimits(r.Context(), want.ID)
			r.ok(err)
			r.equal("limits", limits, want.Limits)
			r.restart()
		}
	}
	check(p)
	for _, c := range []access.ProjectChange{
		{RequestsPerSecond: new(access.Limit(100)), Bytes: new(access.Limit(access.MaxLimit))},
		{Keys: new(access.NoLimit)},
		{Name: new("c")},
		{RequestsPerSecond: new(access.Limit(0))},
		{},
	} {
		got, err := r.UpdateProject(r.Context(), p.ID, c)
		r.ok(err)
		p = p.With(c)
		r.equal("what an update returns", got, p)
		check(p)
	}
	check(other)
	list, err := r.ListProjects(r.Context())
	r.ok(err)
	r.equal("projects", list, []access.Project{p, other})

	_, err = r.UpdateProject(r.Context(), 99, access.ProjectChange{Name: new("d")})
	r.fails("a project that is not there", err, kv.ErrProjectNotFound)
	none, err := r.ProjectLimits(r.Context(), 99)
	r.ok(err)
	r.equal("limits of a project that does not exist", none, access.ProjectLimits{})
	r.ok(r.DeleteProject(r.Context(), p.ID))
	_, err = r.UpdateProject(r.Context(), p.ID, access.ProjectChange{Name: new("d")})
	r.fails("a deleted project", err, kv.ErrProjectNotFound)
}

func deleteProject(r *rig) {
	gone, stays := r.create(access.NewProject{}).ID, r.create(access.NewProject{}).ID
	token, other := r.token(gone, access.Credential{}), r.token(stays, access.Credential{})
	r.ok(r.DeleteProject(r.Context(), gone))
	for range 2 {
		r.accepts(token, false)
		r.accepts(other, true)
		has, err := r.HasProject(r.Context(), gone)
		r.ok(err)
		r.equal("has the deleted project", has, false)
		_, err = r.Project(r.Context(), gone)
		r.fails("Project", err, kv.ErrProjectNotFound)
		_, err = r.Tokens(r.Context(), gone)
		r.fails("Tokens", err, kv.ErrProjectNotFound)
		_, err = r.AddCredential(r.Context(), access.Credential{Principal: access.Principal{Project: gone}}, access.TokenHash{1})
		r.fails("AddCredential", err, kv.ErrProjectNotFound)
		r.fails("RevokeToken", r.RevokeToken(r.Context(), gone, "x"), kv.ErrProjectNotFound)
		r.fails("DeleteProject", r.DeleteProject(r.Context(), gone), kv.ErrProjectNotFound)
		r.equal("deletions", r.deletions(), []kv.ProjectID{gone})
		r.restart()
	}
	r.ok(r.Deleted(r.Context(), gone))
	r.restart()
	r.equal("deletions", r.deletions(), []kv.ProjectID{})
}

// deletions returns the projects whose keys are still to be deleted, and demands that each was deleted just now.
func (r *rig) deletions() []kv.ProjectID {
	r.Helper()
	all, err := r.Deletions(r.Context())
	r.ok(err)
	ids := make([]kv.ProjectID, len(all))
	for i, d := range all {
		ids[i] = d.Project
		if age := time.Since(d.At); age < -time.Second || age > time.Hour {
			r.Errorf("project %d was deleted at %v", d.Project, d.At)
		}
	}
	return ids
}

func unverified(r *rig) {
	for range 3 {
		r.create(access.NewProject{Unverified: true})
	}
	r.create(access.NewProject{})
	r.ok(r.DeleteProject(r.Context(), 2))
	r.restart()
	ids, err := r.Unverified(r.Context())
	r.ok(err)
	r.equal("unverified", ids, []kv.ProjectID{1, 3})
	r.equal("deletions: keys under the id of an unverified project are not its own", r.deletions(), []kv.ProjectID{})

	r.ok(r.Verify(r.Context(), []kv.ProjectID{1}))
	r.restart()
	ids, err = r.Unverified(r.Context())
	r.ok(err)
	r.equal("unverified", ids, []kv.ProjectID{3})
	r.ok(r.DeleteProject(r.Context(), 1))
	r.equal("deletions", r.deletions(), []kv.ProjectID{1})
}
