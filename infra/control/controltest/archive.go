// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

// export returns what is backed up.
func (r *rig) export() archive.Access {
	r.Helper()
	d, err := r.ExportAccess(r.Context())
	r.ok(err)
	return d
}

// same checks what would be backed up, with the credentials in any order; nil is not the same as empty.
func (r *rig) same(what string, got, want archive.Access) {
	r.Helper()
	byID := cmpopts.SortSlices(func(a, b archive.Credential) bool { return a.ID < b.ID })
	if diff := cmp.Diff(want, got, byID); diff != "" {
		r.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// holder is a token, and who holds it.
type holder struct {
	token access.Token
	access.Principal
}

// populate makes projects and credentials of every sort, each of which is used.
func (r *rig) populate() (holders []holder) {
	r.Helper()
	shop, other := r.create(access.NewProject{Name: "shop \x00 ünd"}), r.create(access.NewProject{ID: 70})
	_, err := r.UpdateProject(r.Context(), shop.ID, access.ProjectChange{
		RequestsPerSecond: new(access.Limit(100)), Keys: new(access.NoLimit), Bytes: new(access.Limit(access.MaxLimit))})
	r.ok(err)
	until := time.Now().Add(time.Hour)
	for _, p := range []access.Principal{
		{Name: "web", Project: shop.ID, Permissions: access.KvRead | access.KvWrite, ExpiresAt: until},
		{Name: "reader", Project: other.ID, Permissions: access.KvRead},
		{Name: "ops", Permissions: access.SystemAdmin | access.SystemRead | access.KvRead | access.KvWrite},
		{Name: "narrow", Permissions: access.KvRead, Projects: []kv.ProjectID{shop.ID, 99}},
		{Name: "no project", Permissions: access.KvWrite, Projects: []kv.ProjectID{}},
	} {
		prefix := access.APIKey
		if p.Project != 0 {
			prefix = access.DeploymentToken
		}
		t, c := r.add(prefix, access.Credential{Principal: p})
		holders = append(holders, holder{t, c.Principal})
	}
	admin := access.Token("tk_" + strings.Repeat("b", 36)) // without a valid checksum
	r.ok(r.EnsureAdminKey(r.Context(), admin))
	holders = append(holders, holder{admin, *r.accepts(admin, true)})
	for _, h := range holders {
		r.accepts(h.token, true)
	}
	r.restart() // which records the last uses
	return holders
}

// unused returns what is backed up without the last uses.
func unused(d archive.Access) archive.Access {
	d.Credentials = slices.Clone(d.Credentials)
	for i := range d.Credentials {
		d.Credentials[i].LastUsedAt = time.Time{}
	}
	return d
}

// archive restores all that was exported and then deleted.
func archives(r *rig) {
	r.same("of nothing", r.export(), archive.Access{})
	holders := r.populate()
	want := r.export()
	list, err := r.ListProjects(r.Context())
	r.ok(err)
	r.equal("projects", want.Projects, list)
	listed := func() (all []access.Credential) {
		r.Helper()
		keys, err := r.APIKeys(r.Context())
		r.ok(err)
		shop, err := r.Tokens(r.Context(), 1)
		r.ok(err)
		other, err := r.Tokens(r.Context(), 70)
		r.ok(err)
		return slices.Concat(keys, shop, other)
	}
	before := listed()
	exported := map[string]archive.Credential{}
	for _, c := range want.Credentials {
		exported[c.ID] = c
	}
	r.equal("credentials", len(exported), len(holders))
	for _, c := range before {
		r.equal("exported", exported[c.ID].Credential, c)
		if c.LastUsedAt.IsZero() {
			r.Errorf("%s was not used", c.Name)
		}
	}
	for _, h := range holders {
		r.equal("hash", exported[h.ID].Hash, h.token.Hash())
		r.equal("unchecked", exported[h.ID].Unchecked, h.ID == "admin-env")
	}

	for _, p := range want.Projects {
		r.ok(r.DeleteProject(r.Context(), p.ID))
		r.ok(r.Deleted(r.Context(), p.ID))
	}
	for _, h := range holders {
		if h.Project == 0 {
			r.ok(r.RevokeAPIKey(r.Context(), h.ID, true))
		}
		r.accepts(h.token, false) // which is remembered
	}
	r.same("after everything is deleted", r.export(), archive.Access{})

	r.ok(r.ImportAccess(r.Context(), want))
	r.same("exported again", r.export(), want)
	for range 2 {
		for range 2 {
			r.same("exported again, and used", unused(r.export()), unused(want))
			for _, h := range holders {
				if diff := cmp.Diff(h.Principal, *r.accepts(h.token, true)); diff != "" {
					r.Error(diff)
				}
			}
			got := listed()
			if diff := cmp.Diff(before, got, cmpopts.IgnoreFields(access.Credential{}, "LastUsedAt")); diff != "" {
				r.Error(diff)
			}
			for _, p := range want.Projects {
				limits, err := r.ProjectLimits(r.Context(), p.ID)
				r.ok(err)
				r.equal("limits", limits, p.Limits)
				one, err := r.Project(r.Context(), p.ID)
				r.ok(err)
				r.equal("project", one, p)
			}
			r.restart()
		}
		r.ok(r.ImportAccess(r.Context(), want)) // changes nothing
	}
	r.equal("deletions", r.deletions(), []kv.ProjectID{})
	r.ok(r.DeleteProject(r.Context(), 70)) // as any other
	r.equal("deletions", r.deletions(), []kv.ProjectID{70})
}

// stored returns a token, and a credential of it as a backup holds it.
func stored(p access.Principal) (access.Token, archive.Credential) {
	t := access.NewToken(access.APIKey)
	return t, archive.Credential{
		Credential: access.Credential{Principal: p, Prefix: t.Prefix(), Last4: t.Last4(), CreatedAt: time.UnixMicro(1).UTC()},
		Hash:       t.Hash(),
	}
}

// archiveMerges imports into existing data: what d does not name is not affected.
func archiveMerges(r *rig) {
	holders := r.populate()
	before := r.export()
	at := time.Date(2020, 1, 2, 3, 4, 5, 6000, time.UTC)
	changed := access.Project{ID: 1, Name: "renamed", CreatedAt: at, Limits: access.ProjectLimits{Keys: 5}}
	added := access.Project{ID: 5, Name: "added", CreatedAt: at, Limits: access.ProjectLimits{Bytes: access.NoLimit}}
	r.HasProject(r.Context(), 5)
	newToken, newCredential := stored(access.Principal{ID: "new", Name: "new", Permissions: access.KvRead, Project: 5})
	_, otherAdmin := stored(access.Principal{ID: "admin-env", Permissions: access.SystemAdmin})
	otherAdmin.Unchecked = true
	known := archive.Credential{Credential: access.Credential{Principal: access.Principal{
		ID: "other-id", Name: "other name", Permissions: access.SystemAdmin}}, Hash: holders[1].token.Hash()}
	r.ok(r.ImportAccess(r.Context(), archive.Access{
		Projects: []access.Project{changed, added}, Credentials: []archive.Credential{newCredential, otherAdmin, known},
	}))
	want := archive.Access{
		Projects: []access.Project{changed, added, before.Projects[1]}, Credentials: append(before.Credentials, newCredential),
	}
	for range 2 {
		r.same("together", r.export(), want)
		for _, p := range want.Projects {
			limits, err := r.ProjectLimits(r.Context(), p.ID)
			r.ok(err)
			r.equal("limits", limits, p.Limits)
		}
		r.restart()
	}
	for _, h := range append(holders, holder{newToken, newCredential.Principal}) {
		r.equal("principal", *r.accepts(h.token, true), h.Principal)
	}
	r.ok(r.RevokeToken(r.Context(), 5, "new"))
	r.accepts(newToken, false)
}

// archiveAllOrNone imports data that are refused.
func archiveAllOrNone(r *rig) {
	kept := r.create(access.NewProject{Name: "kept"})
	gone := r.create(access.NewProject{})
	token := r.token(gone.ID, access.Credential{})
	d := r.export()
	d.Projects[0].Name = "renamed"
	d.Projects = append(d.Projects, access.Project{ID: 50})
	_, fresh := stored(access.Principal{ID: "fresh"})
	d.Credentials = append(d.Credentials, fresh)
	r.ok(r.DeleteProject(r.Context(), gone.ID))
	before := r.export()

	refused := func(what string, d archive.Access, want error) {
		r.Helper()
		err := r.ImportAccess(r.Context(), d)
		r.fails(what, err, want)
		if want != kv.ErrProjectNotFound {
			r.refuses(what, err, want)
		}
		for range 2 {
			r.same(what, r.export(), before)
			r.accepts(token, false)
			r.restart()
		}
	}
	refused("keys that are being deleted", d, kv.ErrConflict)
	err := r.ImportAccess(r.Context(), d)
	r.equal("says which", err != nil && strings.Contains(err.Error(),
		fmt.Sprintf("the keys of project %d are still being deleted: try again in a minute", gone.ID)), true)
	for _, id := range []kv.ProjectID{0, -1, kv.MaxProjectID + 1} {
		refused("an id out of range", archive.Access{Projects: []access.Project{{ID: 50}, {ID: id}}}, kv.ErrInvalid)
	}
	_, stray := stored(access.Principal{ID: "stray", Project: 51})
	refused("a token of no project", archive.Access{Projects: d.Projects[2:], Credentials: []archive.Credential{fresh, stray}},
		kv.ErrProjectNotFound)
	_, stray = stored(access.Principal{ID: "stray", Project: gone.ID})
	refused("a token of a deleted project", archive.Access{Credentials: []archive.Credential{fresh, stray}}, kv.ErrProjectNotFound)
	r.equal("deletions", r.deletions(), []kv.ProjectID{gone.ID})

	r.ok(r.Deleted(r.Context(), gone.ID))
	r.ok(r.ImportAccess(r.Context(), d))
	r.accepts(token, true)
	one, err := r.Project(r.Context(), kept.ID)
	r.ok(err)
	r.equal("name", one.Name, "renamed")
}

// archiveIDs checks that no imported id is given again.
func archiveIDs(r *rig) {
	next := func(want kv.ProjectID) {
		r.Helper()
		r.equal("the next id", r.create(access.NewProject{}).ID, want)
	}
	bring := func(ids ...kv.ProjectID) {
		r.Helper()
		var d archive.Access
		for _, id := range ids {
			d.Projects = append(d.Projects, access.Project{ID: id})
		}
		r.ok(r.ImportAccess(r.Context(), d))
		r.restart()
	}
	next(1)
	bring(41, 7)
	next(42)
	bring(3)
	next(43)
	bring()
	next(44)
	bring(kv.MaxProjectID) // above which there is none
	next(45)
	for _, id := range []kv.ProjectID{3, 7, 41, kv.MaxProjectID} {
		_, err := r.CreateProject(r.Context(), access.NewProject{ID: id})
		r.refuses("an imported id", err, kv.ErrConflict)
	}
	r.ok(r.DeleteProject(r.Context(), 41))
	_, err := r.CreateProject(r.Context(), access.NewProject{ID: 41})
	r.refuses("an imported id whose project was deleted", err, kv.ErrConflict)
}

// archiveLarge imports as many projects and credentials as a large service has.
func archiveLarge(r *rig) {
	const projects, each = 300, 10
	var d archive.Access
	var last access.Token
	for i := range projects {
		id := kv.ProjectID(i + 1)
		d.Projects = append(d.Projects, access.Project{ID: id, Name: strings.Repeat("x", 100), CreatedAt: time.UnixMicro(5).UTC()})
		for j := range each {
			t, c := stored(access.Principal{ID: fmt.Sprint("c", i, "-", j), Name: strings.Repeat("y", 100), Project: id, Permissions: access.KvRead})
			last = t
			d.Credentials = append(d.Credentials, c)
		}
	}
	r.ok(r.ImportAccess(r.Context(), d))
	r.same("large", r.export(), d)
	r.equal("project", r.accepts(last, true).Project, kv.ProjectID(projects))
	list, err := r.Tokens(r.Context(), 1)
	r.ok(err)
	r.equal("tokens", len(list), each)
}

// archiveAtOnce exports while projects are created and deleted: no token is exported without its project.
func archiveAtOnce(r *rig) {
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		defer close(done)
		for range 30 {
			p, err := r.CreateProject(r.Context(), access.NewProject{})
			if err != nil {
				r.Error(err)
				return
			}
			_, err = r.AddCredential(r.Context(), access.Credential{Principal: access.Principal{Project: p.ID}}, access.NewToken(access.DeploymentToken).Hash())
			r.report(err, r.DeleteProject(r.Context(), p.ID))
		}
	})
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		d := r.export()
		for _, c := range d.Credentials {
			if !slices.ContainsFunc(d.Projects, func(p access.Project) bool { return p.ID == c.Project }) {
				r.Errorf("a token of project %d, which is not there", c.Project)
			}
		}
	}
	writer.Wait()
}
