// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"sync"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// ensured is a credential for ensure.
func ensured(p kv.ProjectID, t access.Token) access.Credential {
	return access.Credential{Principal: access.Principal{Name: "ensured", Project: p, Permissions: access.KvRead},
		Prefix: t.Prefix(), Last4: t.Last4()}
}

// ensure ensures a token of the project, and checks whether it was added.
func (r *rig) ensure(p kv.ProjectID, t access.Token, want bool) access.Credential {
	r.Helper()
	c, added, err := r.EnsureCredential(r.Context(), ensured(p, t), t.Hash())
	r.ok(err)
	r.equal("added", added, want)
	return c
}

func ensureCredential(r *rig) {
	r.create(access.NewProject{})
	t := access.NewToken(access.DeploymentToken)
	_, added, err := r.EnsureCredential(r.Context(), ensured(9, t), t.Hash())
	r.fails("of no project", err, kv.ErrProjectNotFound)
	r.equal("added", added, false)
	r.accepts(t, false)

	c := r.ensure(1, t, true)
	for range 2 {
		r.equal("id", r.accepts(t, true).ID, c.ID)
		r.ensure(1, t, false)
		list, err := r.Tokens(r.Context(), 1)
		r.ok(err)
		r.equal("tokens", len(list), 1)
		r.restart()
	}
	r.ok(r.RevokeToken(r.Context(), 1, c.ID))
	for range 2 {
		r.ensure(1, t, false)
		r.accepts(t, false)
		r.restart()
	}

	t, c = r.add(access.DeploymentToken, ensured(1, t))
	r.ensure(1, t, false)
	r.equal("id of one that was there", r.accepts(t, true).ID, c.ID)
	r.ok(r.RevokeToken(r.Context(), 1, c.ID))
	r.ensure(1, t, false)
	r.accepts(t, false)
}

// ensureAtOnce is several servers that start at the same time.
func ensureAtOnce(r *rig) {
	r.create(access.NewProject{})
	t := access.NewToken(access.DeploymentToken)
	var added atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, ok, err := r.EnsureCredential(r.Context(), ensured(1, t), t.Hash()); err != nil {
				r.Error(err)
			} else if ok {
				added.Add(1)
			}
		})
	}
	all.Wait()
	r.equal("added", added.Load(), int32(1))
	r.accepts(t, true)
}

func newProjectLimits(r *rig) {
	limits := access.ProjectLimits{RequestsPerSecond: 5, Keys: access.NoLimit, Bytes: 7}
	p, err := r.CreateProject(r.Context(), access.NewProject{Name: "limited", ID: 4, Limits: limits})
	r.ok(err)
	r.equal("limits", p.Limits, limits)
	for range 2 {
		p, err := r.Project(r.Context(), 4)
		r.ok(err)
		r.equal("limits", p.Limits, limits)
		known, err := r.ProjectLimits(r.Context(), 4)
		r.ok(err)
		r.equal("limits in memory", known, limits)
		r.restart()
	}
}
