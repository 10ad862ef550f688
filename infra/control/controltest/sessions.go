// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

func hash(text string) access.TokenHash { return access.Token(text).Hash() }

// signIn opens the n-th session of an API key; its cookie, id and secret are named after both. A larger n is younger.
func (r *rig) signIn(key string, n int) (id string) {
	r.Helper()
	id = fmt.Sprint(key, "-", n)
	at := time.Now().Add(-time.Hour + time.Duration(n)*time.Second).Truncate(time.Microsecond).UTC()
	r.ok(r.OpenSession(r.Context(), hash(id), access.Session{
		ID: id, Secret: hash("secret of " + id), Key: hash(key), KeyID: key, KeyName: "key " + key, IP: "192.0.2.1",
		CreatedAt: at, LastUsedAt: at, ExpiresAt: at.Add(48 * time.Hour),
	}))
	return id
}

// use records a use of a session.
func (r *rig) use(id string) {
	r.Helper()
	s, err := r.Session(r.Context(), hash(id))
	r.ok(err)
	r.ok(r.UseSession(r.Context(), hash(id), s, time.Now()))
}

// isOpen reports whether a session is open.
func (r *rig) isOpen(id string) bool {
	r.Helper()
	s, err := r.Session(r.Context(), hash(id))
	if err != nil && !errors.Is(err, kv.ErrUnauthorized) || err == nil && (s.ID != id || !s.Has(hash("secret of "+id)) || s.Has(hash(id))) {
		r.Errorf("%s: got %+v, %v", id, s, err)
	}
	return err == nil
}

// opened lists the ids of all sessions, oldest first.
func (r *rig) opened() string {
	r.Helper()
	all, err := r.ListSessions(r.Context())
	r.ok(err)
	ids := make([]string, len(all))
	for i, s := range all {
		ids[i] = s.ID
	}
	return strings.Join(ids, " ")
}

// Sessions outlive the process, as they are.
func sessions(r *rig) {
	if r.isOpen("none") || r.opened() != "" {
		r.Error("there is a session")
	}
	for n, key := range []string{"k", "k", "l", "l", "k"} {
		r.signIn(key, n)
	}
	before, err := r.Session(r.Context(), hash("k-1"))
	r.ok(err)
	r.restart()
	after, err := r.Session(r.Context(), hash("k-1"))
	r.ok(err)
	if diff := cmp.Diff(before, after); diff != "" || after.IP != "192.0.2.1" || after.KeyName != "key k" || after.Key != hash("k") || !after.UseDue(time.Now()) {
		r.Errorf("after a restart: %+v %s", after, diff)
	}
	at := time.Now().Truncate(time.Microsecond).UTC()
	r.ok(r.UseSession(r.Context(), hash("k-1"), after, at))
	r.ok(r.UseSession(r.Context(), hash("k-1"), after, at.Add(time.Hour))) // of what has changed meanwhile
	r.ok(r.UseSession(r.Context(), hash("none"), after, at))
	if got, err := r.Session(r.Context(), hash("k-1")); err != nil || !got.LastUsedAt.Equal(at) || got.UseDue(at.Add(access.UseStep-1)) || !got.UseDue(at.Add(access.UseStep)) {
		r.Errorf("after a use: got %+v, %v", got, err)
	}
	r.ok(r.EndSession(r.Context(), hash("l-3")))
	r.ok(r.EndSession(r.Context(), hash("l-3")))
	r.ok(r.EndSessionByID(r.Context(), "k-0"))
	if err := r.EndSessionByID(r.Context(), "k-0"); !errors.Is(err, kv.ErrSessionNotFound) {
		r.Errorf("ended twice: got %v", err)
	}
	if got := r.opened(); got != "k-1 l-2 k-4" || r.isOpen("k-0") || r.isOpen("l-3") {
		r.Errorf("got %s", got)
	}
	r.ok(r.EndSessionsOf(r.Context(), "k"))
	r.ok(r.EndSessionsOf(r.Context(), "none"))
	if got := r.opened(); got != "l-2" || r.isOpen("k-1") {
		r.Errorf("got %s", got)
	}
	r.ok(r.OpenSession(r.Context(), hash("late"), access.Session{ID: "late", KeyID: "k", ExpiresAt: time.Now().Add(-time.Microsecond)}))
	if got := r.opened(); got != "l-2" || r.isOpen("late") {
		r.Errorf("one has expired: got %s", got)
	}
	t, c := r.add(access.APIKey, access.Credential{Principal: access.Principal{Name: "reader", Permissions: access.KvRead}})
	p, err := r.AuthenticateHash(r.Context(), t.Hash())
	if err != nil || p.ID != c.ID || p.Permissions != access.KvRead {
		r.Errorf("got %+v, %v", p, err)
	}
	for _, h := range []access.TokenHash{{}, hash("none")} {
		if p, err := r.AuthenticateHash(r.Context(), h); !errors.Is(err, kv.ErrUnauthorized) {
			r.Errorf("got %+v, %v", p, err)
		}
	}
}

// However often one key signs in, it ends only its own sessions: first those that were never used, then the one that was not used
// for longest.
func sessionsOfOneKey(r *rig) {
	other := r.signIn("other", 0)
	first, second := r.signIn("k", 0), r.signIn("k", 1)
	r.use(first)
	for n := 2; n < access.MaxSessionsOfKey+10; n++ {
		r.signIn("k", n)
	}
	for n := range access.MaxSessionsOfKey + 10 {
		if got := r.isOpen(fmt.Sprint("k-", n)); got != (n == 0 || n > 10) {
			r.Errorf("session %d: got %v", n, got)
		}
	}
	for n := 11; n < access.MaxSessionsOfKey+10; n++ {
		r.use(fmt.Sprint("k-", n))
	}
	r.signIn("k", 100)
	if r.isOpen(first) || r.isOpen(second) || !r.isOpen("k-11") || !r.isOpen("k-100") || !r.isOpen(other) {
		r.Errorf("all were used: got %s", r.opened())
	}
}

// However many keys sign in, the sessions are bounded, and the key with the most makes room.
func sessionsBounded(r *rig) {
	few := r.signIn("few", 0)
	for n := range 30 {
		r.signIn("most", n)
	}
	for n := range MaxSessions {
		r.signIn(fmt.Sprint("k", n%40), n)
	}
	if got := len(strings.Fields(r.opened())); got != MaxSessions || !r.isOpen(few) {
		r.Errorf("%d are open, that of a key with few: %v", got, r.isOpen(few))
	}
	if r.isOpen("most-0") || !r.isOpen(fmt.Sprintf("k%d-%d", (MaxSessions-1)%40, MaxSessions-1)) {
		r.Error("the key with the most made no room, or the last session is gone")
	}
	for n := range 40 {
		r.ok(r.EndSessionsOf(r.Context(), fmt.Sprint("k", n)))
	}
	r.ok(r.EndSessionsOf(r.Context(), "most"))
	if got := r.opened(); got != few {
		r.Errorf("left are %s", got)
	}
}

// What several calls do at once leaves no session that cannot be ended.
func sessionsAtOnce(r *rig) {
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			id := fmt.Sprint("k-", n)
			at := time.Now()
			err := r.OpenSession(r.Context(), hash(id), access.Session{ID: id, KeyID: "k", CreatedAt: at, LastUsedAt: at, ExpiresAt: at.Add(time.Hour)})
			if err == nil && n%2 == 0 {
				err = r.EndSession(r.Context(), hash(id))
			}
			if err != nil {
				r.Error(err)
			}
		})
	}
	all.Wait()
	if got := strings.Fields(r.opened()); len(got) != 10 {
		r.Errorf("got %v", got)
	}
	r.ok(r.EndSessionsOf(r.Context(), "k"))
	if got := r.opened(); got != "" {
		r.Errorf("left are %s", got)
	}
}

// A download works once, for its session, until its time.
func downloads(r *rig) {
	a, b := r.signIn("a", 0), r.signIn("b", 0)
	permit := func(code string, lasts time.Duration) {
		r.Helper()
		r.ok(r.PermitDownload(r.Context(), hash(a), hash(code), "x y", time.Now().Add(lasts)))
	}
	take := func(cookie, code, what string, want bool) {
		r.Helper()
		s, err := r.TakeDownload(r.Context(), hash(cookie), hash(code), what)
		if (err == nil) != want || err == nil && s.ID != cookie || err != nil && !errors.Is(err, kv.ErrUnauthorized) {
			r.Errorf("%s %s %s: got %+v %v", cookie, code, what, s, err)
		}
	}
	permit("one", time.Hour)
	r.restart()
	take(b, "one", "x y", false)
	take(a, "two", "x y", false)
	take(a, "one", "x", false)
	take(a, "one", "x y", true)
	take(a, "one", "x y", false)
	permit("late", -time.Microsecond)
	take(a, "late", "x y", false)
	for n := range access.MaxDownloads + 1 {
		permit(fmt.Sprint(n), time.Hour+time.Duration(n)*time.Second)
	}
	take(a, "0", "x y", false) // the oldest made room
	take(a, "1", "x y", true)
	r.ok(r.EndSession(r.Context(), hash(a)))
	take(a, "2", "x y", false)
}
