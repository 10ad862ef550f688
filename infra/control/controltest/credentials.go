// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// token adds a deployment token of the project and returns it.
func (r *rig) token(p kv.ProjectID, c access.Credential) access.Token {
	r.Helper()
	c.Project, c.Permissions = p, access.KvRead|access.KvWrite
	t, _ := r.add(access.DeploymentToken, c)
	return t
}

// add adds a credential, and returns its token and the result.
func (r *rig) add(prefix access.TokenPrefix, c access.Credential) (access.Token, access.Credential) {
	r.Helper()
	t := access.NewToken(prefix)
	c.Prefix, c.Last4 = t.Prefix(), t.Last4()
	added, err := r.AddCredential(r.Context(), c, t.Hash())
	r.ok(err)
	return t, added
}

// accepts checks whether the token is accepted, and returns whose it is.
func (r *rig) accepts(t access.Token, want bool) *access.Principal {
	r.Helper()
	p, err := r.Authenticate(r.Context(), t)
	if want {
		r.ok(err)
	} else if p != nil || !errors.Is(err, kv.ErrUnauthorized) {
		r.Fatalf("accepted %v, error %v", p, err)
	}
	return p
}

func tokens(r *rig) {
	r.create(access.NewProject{})
	r.create(access.NewProject{})
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	t1, c1 := r.add(access.DeploymentToken, access.Credential{Principal: access.Principal{
		Name: "one", Project: 1, Permissions: access.KvRead | access.KvWrite, ExpiresAt: until}})
	_, c2 := r.add(access.DeploymentToken, access.Credential{Principal: access.Principal{
		Name: "read-only", Project: 1, Permissions: access.KvRead}})
	r.token(2, access.Credential{})
	for range 2 {
		r.equal("principal", *r.accepts(t1, true), access.Principal{
			ID: c1.ID, Name: "one", Project: 1, Permissions: access.KvRead | access.KvWrite, ExpiresAt: until})
		list, err := r.Tokens(r.Context(), 1)
		r.ok(err)
		want := []access.Credential{c1, c2}
		if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(access.Credential{}, "LastUsedAt")); diff != "" {
			r.Error(diff)
		}
		if got := list[0]; got.Prefix != "dt_" || got.Last4 != t1.Last4() || got.LastUsedAt.IsZero() {
			r.Errorf("token %+v", got)
		}
		r.restart()
	}
	keys, err := r.APIKeys(r.Context())
	r.ok(err)
	r.equal("API keys", keys, []access.Credential{})
	_, err = r.Tokens(r.Context(), 3)
	r.fails("tokens of a project that does not exist", err, kv.ErrProjectNotFound)
}

func revokeToken(r *rig) {
	r.create(access.NewProject{})
	r.create(access.NewProject{})
	t, c := r.add(access.DeploymentToken, access.Credential{Principal: access.Principal{Project: 1, Permissions: access.KvRead}})
	r.fails("through another project", r.RevokeToken(r.Context(), 2, c.ID), kv.ErrTokenNotFound)
	r.fails("as an API key", r.RevokeAPIKey(r.Context(), c.ID, true), kv.ErrTokenNotFound)
	r.fails("through no project", r.RevokeToken(r.Context(), 3, c.ID), kv.ErrProjectNotFound)
	r.accepts(t, true)
	r.ok(r.RevokeToken(r.Context(), 1, c.ID))
	for range 2 {
		r.accepts(t, false)
		r.fails("again", r.RevokeToken(r.Context(), 1, c.ID), kv.ErrTokenNotFound)
		r.restart()
	}
}

func apiKeys(r *rig) {
	r.create(access.NewProject{})
	all := access.SystemAdmin | access.SystemRead | access.KvRead | access.KvWrite
	var want []access.Credential
	var made []access.Token
	for _, p := range []access.Principal{
		{Name: "all", Permissions: all},
		{Name: "narrow", Permissions: access.KvRead, Projects: []kv.ProjectID{1, 99}},
		{Name: "no project", Permissions: access.KvWrite, Projects: []kv.ProjectID{}},
	} {
		t, c := r.add(access.APIKey, access.Credential{Principal: p})
		p.ID = c.ID
		made, want = append(made, t), append(want, c)
		if c.ID == "" || strings.Trim(c.ID, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") != "" {
			r.Errorf("id %q cannot stand in a path", c.ID)
		}
		r.equal("added", c.Principal, p)
	}
	for range 2 {
		list, err := r.APIKeys(r.Context())
		r.ok(err)
		if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(access.Credential{}, "LastUsedAt")); diff != "" {
			r.Error(diff)
		}
		for i, t := range made {
			if diff := cmp.Diff(want[i].Principal, *r.accepts(t, true)); diff != "" { // nil is not the same as empty
				r.Error(diff)
			}
		}
		r.restart()
	}
	r.fails("as a token", r.RevokeToken(r.Context(), 1, want[0].ID), kv.ErrTokenNotFound)
	r.ok(r.RevokeAPIKey(r.Context(), want[0].ID, true))
	r.fails("again", r.RevokeAPIKey(r.Context(), want[0].ID, true), kv.ErrTokenNotFound)
	r.accepts(made[0], false)
	r.accepts(made[1], true)
}

func expiry(r *rig) {
	at := time.Now().Add(2 * time.Second).Truncate(time.Microsecond) // the stored precision
	t, _ := r.add(access.APIKey, access.Credential{Principal: access.Principal{Permissions: access.KvRead, ExpiresAt: at}})
	past, _ := r.add(access.APIKey, access.Credential{Principal: access.Principal{Permissions: access.KvRead, ExpiresAt: time.Unix(0, 0)}})
	r.accepts(t, true)
	r.accepts(past, false)
	for limit := time.Now().Add(10 * time.Second); ; {
		_, err := r.Authenticate(r.Context(), t)
		if err != nil && time.Now().Before(at) || time.Now().After(limit) {
			r.Fatalf("at %v, expiring at %v: %v", time.Now(), at, err)
		}
		if err != nil {
			break
		}
	}
	r.restart()
	r.accepts(t, false)
	r.accepts(past, false)
	keys, err := r.APIKeys(r.Context())
	r.ok(err)
	r.equal("expired keys are listed still", len(keys), 2)
}

func implausibleTokens(r *rig) {
	good, _ := r.add(access.APIKey, access.Credential{Principal: access.Principal{Permissions: access.KvRead}})
	wrong := []byte(good)
	wrong[10] ^= 1
	for _, t := range []access.Token{"", "tk_", access.Token(wrong), good + "x", good[:len(good)-1],
		access.NewToken(access.APIKey), access.Token(strings.Repeat("x", 1<<20)), " " + good, "dt_" + good[3:]} {
		r.accepts(t, false)
	}
	r.accepts(good, true)
}

func lastUse(r *rig) {
	before := time.Now().Add(-time.Millisecond)
	t, c := r.add(access.APIKey, access.Credential{Principal: access.Principal{Permissions: access.KvRead}})
	r.add(access.APIKey, access.Credential{})
	r.equal("last use of a new key", c.LastUsedAt, time.Time{})
	r.accepts(t, true)
	r.restart() // records it at the latest
	keys, err := r.APIKeys(r.Context())
	r.ok(err)
	if at := keys[0].LastUsedAt; at.Before(before) || at.After(time.Now()) {
		r.Errorf("last used at %v, want it since %v", at, before)
	}
	r.equal("last use of the other", keys[1].LastUsedAt, time.Time{})
}

func adminKey(r *rig) {
	// The second has the length of a token that is made here, but no valid checksum.
	first, second := access.Token("tk_"+strings.Repeat("a", 40)), access.Token("tk_"+strings.Repeat("b", 36))
	r.refuses("a short one", r.EnsureAdminKey(r.Context(), "tk_short"), kv.ErrInvalid)
	r.refuses("a deployment token", r.EnsureAdminKey(r.Context(), "dt_"+first[3:]), kv.ErrInvalid)
	for before, t := range map[access.Token]access.Token{second: first, first: second} {
		for range 2 {
			r.ok(r.EnsureAdminKey(r.Context(), t))
			p := r.accepts(t, true)
			if p.ID != "admin-env" || !p.Can(access.SystemAdmin) {
				r.Errorf("principal %+v", p)
			}
			r.accepts(before, false)
			keys, err := r.APIKeys(r.Context())
			r.ok(err)
			r.equal("number of keys", len(keys), 1)
			r.equal("last 4", keys[0].Last4, t.Last4())
			r.restart()
			r.accepts(t, true)
			keys, err = r.APIKeys(r.Context())
			r.ok(err)
			r.equal("used", keys[0].LastUsedAt.IsZero(), false)
		}
	}
	r.ok(r.RevokeAPIKey(r.Context(), "admin-env", true))
	r.accepts(first, false)
	r.accepts(second, false)

	own, _ := r.add(access.APIKey, access.Credential{Principal: access.Principal{Permissions: access.KvRead}})
	r.ok(r.EnsureAdminKey(r.Context(), own))
	r.equal("a key made here, then set as the administrator's", r.accepts(own, true).ID, "admin-env")
}

func firstKey(r *rig) {
	t, err := r.CreateFirstKey(r.Context())
	r.ok(err)
	if p := r.accepts(t, true); !p.Can(access.SystemAdmin) {
		r.Errorf("principal %+v", p)
	}
	r.ok(r.ConfirmFirstKey(r.Context()))
	r.restart()
	r.accepts(t, true)
	again, err := r.CreateFirstKey(r.Context())
	r.ok(err)
	r.equal("a second first key", again, access.Token(""))
}

// firstKeyUnshown ends before the key was shown, twice: the next key replaces it.
func firstKeyUnshown(r *rig) {
	first, err := r.CreateFirstKey(r.Context())
	r.ok(err)
	r.restart()
	second, err := r.CreateFirstKey(r.Context())
	r.ok(err)
	r.restart()
	third, err := r.CreateFirstKey(r.Context())
	r.ok(err)
	r.accepts(first, false)
	r.accepts(second, false)
	r.accepts(third, true)
	keys, err := r.APIKeys(r.Context())
	r.ok(err)
	r.equal("API keys", len(keys), 1)
}

// firstKeyUsed is a key that was shown and used, although it was not confirmed, or that is not the only one any more.
func firstKeyUsed(r *rig) {
	used, err := r.CreateFirstKey(r.Context())
	r.ok(err)
	r.accepts(used, true)
	r.restart()
	again, err := r.CreateFirstKey(r.Context())
	r.ok(err)
	r.equal("a key after one that was used", again, access.Token(""))
	r.accepts(used, true)
}

// firstKeyOnce asks for a first key several times at once.
func firstKeyOnce(r *rig) {
	var callers sync.WaitGroup
	made := make(chan access.Token, 8)
	for range cap(made) {
		callers.Go(func() {
			t, err := r.CreateFirstKey(r.Context())
			r.report(err)
			if t != "" {
				made <- t
			}
		})
	}
	callers.Wait()
	r.equal("first keys", len(made), 1)
	r.accepts(<-made, true)
	keys, err := r.APIKeys(r.Context())
	r.ok(err)
	r.equal("API keys", len(keys), 1)
}

// concurrency makes every sort of call concurrently, for the race detector.
func concurrency(r *rig) {
	r.create(access.NewProject{})
	known := r.token(1, access.Credential{})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			p, err := r.CreateProject(r.Context(), access.NewProject{})
			if err != nil {
				r.Error(err)
				return
			}
			t := access.NewToken(access.DeploymentToken)
			c, err := r.AddCredential(r.Context(), access.Credential{Principal: access.Principal{Project: p.ID}}, t.Hash())
			_, known1 := r.Authenticate(r.Context(), known)
			_, known2 := r.Authenticate(r.Context(), t)
			r.report(err, known1, known2, r.RecordAudit(r.Context(), access.AuditEntry{Action: "test"}))
			_, err = r.Tokens(r.Context(), p.ID)
			r.report(err, r.RevokeToken(r.Context(), p.ID, c.ID), r.DeleteProject(r.Context(), p.ID))
			if _, err := r.Authenticate(r.Context(), t); !errors.Is(err, kv.ErrUnauthorized) {
				r.Errorf("revoked and accepted: %v", err)
			}
		})
	}
	callers.Wait()
	list, err := r.ListProjects(r.Context())
	r.ok(err)
	r.equal("projects that are left", len(list), 1)
	r.equal("deletions", r.deletions(), []kv.ProjectID{2, 3, 4, 5, 6, 7, 8, 9})
}

// report reports errors, also from a goroutine that is not the test's own.
func (r *rig) report(errs ...error) {
	r.Helper()
	if err := errors.Join(errs...); err != nil {
		r.Error(err)
	}
}
