// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// apiKey adds an API key that expires after some time, or never if that is 0, and returns its id.
func (r *rig) apiKey(permissions access.Permissions, lasts time.Duration) string {
	r.Helper()
	p := access.Principal{Name: `"SystemAdmin"`, Permissions: permissions}
	if lasts != 0 {
		p.ExpiresAt = time.Now().Add(lasts)
	}
	_, c := r.add(access.APIKey, access.Credential{Principal: p})
	return c.ID
}

func lastAdmin(r *rig) {
	const admin = access.SystemAdmin | access.KvRead
	revoke := func(id string) error { return r.RevokeAPIKey(r.Context(), id, false) }
	r.ok(r.EnsureAdminKey(r.Context(), access.Token("tk_"+strings.Repeat("a", 40))))
	r.create(access.NewProject{})
	r.token(1, access.Credential{})
	reader, expired := r.apiKey(access.SystemRead|access.KvRead|access.KvWrite, 0), r.apiKey(admin, -time.Minute)
	soon, later := r.apiKey(admin, time.Hour), r.apiKey(admin, 2*time.Hour)
	r.fails("the one of the environment, where others expire soon", revoke("admin-env"), kv.ErrConflict)
	second := r.apiKey(admin, 48*time.Hour)
	r.ok(revoke("admin-env"))
	r.fails("the last that is valid for a day", revoke(second), kv.ErrConflict)
	r.restart()
	r.fails("after a restart", revoke(second), kv.ErrConflict)
	r.fails("none", revoke("none"), kv.ErrTokenNotFound)
	r.ok(r.RevokeAPIKey(r.Context(), second, true))
	r.fails("what outlasts the others", revoke(later), kv.ErrConflict)
	r.ok(revoke(soon))
	r.fails("the last", revoke(later), kv.ErrConflict)
	r.ok(revoke(expired))
	r.ok(revoke(reader))
	r.ok(r.RevokeAPIKey(r.Context(), later, true))
	keys, err := r.APIKeys(r.Context())
	r.ok(err)
	r.equal("keys that are left", len(keys), 0)
}

// lastAdminAtOnce revokes all keys at once: one stays.
func lastAdminAtOnce(r *rig) {
	var ids []string
	for range 8 {
		ids = append(ids, r.apiKey(access.SystemAdmin, 0))
	}
	var revoked atomic.Int64
	var callers sync.WaitGroup
	for _, id := range ids {
		callers.Go(func() {
			err := r.RevokeAPIKey(r.Context(), id, false)
			if err == nil {
				revoked.Add(1)
			} else if !errors.Is(err, kv.ErrConflict) {
				r.Error(err)
			}
		})
	}
	callers.Wait()
	r.equal("keys that were revoked", revoked.Load(), int64(len(ids)-1))
}
