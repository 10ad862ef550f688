// SPDX-License-Identifier: Apache-2.0

package sessions_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/sessions"
)

func hash(s string) access.TokenHash { return access.Token(s).Hash() }

// open opens a session whose cookie and secret are called after its id.
func open(t *testing.T, m *sessions.Memory, id, key string, lasts time.Duration) {
	t.Helper()
	now := time.Now()
	err := m.OpenSession(t.Context(), hash(id), access.Session{
		ID: id, Bearer: "tk", Secret: hash("secret of " + id), KeyID: key, CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(lasts),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// is reports whether a session is open.
func is(t *testing.T, m *sessions.Memory, id string) bool {
	t.Helper()
	s, err := m.Session(t.Context(), hash(id), hash("secret of "+id))
	if err != nil && !errors.Is(err, kv.ErrUnauthorized) || err == nil && s.ID != id {
		t.Errorf("got %+v %v", s, err)
	}
	return err == nil
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m sessions.Memory
		open(t, &m, "a", "k", time.Hour)
		time.Sleep(time.Hour - time.Nanosecond)
		if !is(t, &m, "a") {
			t.Error("it ended early")
		}
		time.Sleep(time.Nanosecond)
		if all, _ := m.ListSessions(t.Context()); len(all) != 0 || is(t, &m, "a") {
			t.Errorf("it has expired, and is there: %v", all)
		}
	})
}

func TestSessionsNeedCookieAndSecret(t *testing.T) {
	t.Parallel()
	var m sessions.Memory
	open(t, &m, "a", "k", time.Hour)
	open(t, &m, "b", "k", time.Hour)
	for _, pair := range [][2]string{
		{"a", ""}, {"a", "a"}, {"a", "secret of b"}, {"", "secret of a"}, {"secret of a", "a"}, {"b", "secret of a"},
	} {
		if s, err := m.Session(t.Context(), hash(pair[0]), hash(pair[1])); !errors.Is(err, kv.ErrUnauthorized) {
			t.Errorf("%q: got %+v %v", pair, s, err)
		}
	}
}

func TestSessionsAreEnded(t *testing.T) {
	t.Parallel()
	var m sessions.Memory
	for id, key := range map[string]string{"a": "k", "b": "k", "c": "l", "d": "l"} {
		open(t, &m, id, key, time.Hour)
	}
	if err := errors.Join(m.EndSession(t.Context(), hash("d")), m.EndSession(t.Context(), hash("none")), m.EndSessionByID(t.Context(), "a")); err != nil {
		t.Error(err)
	}
	if err := m.EndSessionByID(t.Context(), "a"); !errors.Is(err, kv.ErrSessionNotFound) {
		t.Errorf("got %v for one that has ended", err)
	}
	if is(t, &m, "a") || !is(t, &m, "b") || !is(t, &m, "c") || is(t, &m, "d") {
		t.Error("another one was ended")
	}
	if err := m.EndSessionsOf(t.Context(), "k"); err != nil || is(t, &m, "b") || !is(t, &m, "c") {
		t.Errorf("got %v", err)
	}
}

// However often one key signs in, it ends only its own sessions, those that were not used for longest.
func TestSessionsOfOneKeyAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m sessions.Memory
		open(t, &m, "other", "l", time.Hour)
		open(t, &m, "used", "k", time.Hour)
		in := 0
		for i := range 1100 {
			open(t, &m, fmt.Sprint(i), "k", time.Hour)
			time.Sleep(time.Microsecond)
			if !is(t, &m, "used") {
				t.Fatalf("after %d: the session in use has ended", i)
			}
		}
		for i := range 1100 {
			if is(t, &m, fmt.Sprint(i)) {
				in++
			} else if i >= 1069 {
				t.Errorf("session %d is gone", i)
			}
		}
		if in != 31 || !is(t, &m, "other") {
			t.Errorf("%d are signed in, another's: %v", in, is(t, &m, "other"))
		}
	})
}

// However many keys sign in, memory is bounded, and the key with the most makes room.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m sessions.Memory
		open(t, &m, "few", "few", time.Hour)
		for i := range 10_100 {
			open(t, &m, fmt.Sprint(i), fmt.Sprint("k", i%400), time.Hour)
			time.Sleep(time.Microsecond)
		}
		if all, err := m.ListSessions(t.Context()); len(all) != 10_000 || err != nil || !is(t, &m, "few") {
			t.Errorf("%d are signed in: %v", len(all), err)
		}
	})
}

func TestDownloads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m sessions.Memory
		open(t, &m, "a", "k", time.Hour)
		open(t, &m, "b", "k", time.Hour)
		permit := func(code string) {
			t.Helper()
			if err := m.PermitDownload(t.Context(), hash("a"), hash(code), "x", time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		take := func(cookie, code, what string, want bool) {
			t.Helper()
			s, err := m.TakeDownload(t.Context(), hash(cookie), hash(code), what)
			if (err == nil) != want || err == nil && s.ID != cookie || err != nil && !errors.Is(err, kv.ErrUnauthorized) {
				t.Errorf("%s %s %s: got %+v %v", cookie, code, what, s, err)
			}
		}
		permit("one")
		take("b", "one", "x", false)
		take("a", "two", "x", false)
		take("a", "one", "y", false)
		take("a", "one", "x", true)
		take("a", "one", "x", false)
		permit("late")
		time.Sleep(time.Minute)
		take("a", "late", "x", false)
		for i := range 9 {
			permit(fmt.Sprint(i))
		}
		take("a", "0", "x", false) // the oldest made room
		take("a", "1", "x", true)
		if err := m.EndSession(t.Context(), hash("a")); err != nil {
			t.Fatal(err)
		}
		take("a", "2", "x", false)
	})
}

func TestPace(t *testing.T) {
	t.Parallel()
	p := sessions.Pace{Burst: 3, Every: 10 * time.Second}
	now := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	for i, want := range []time.Duration{0, 0, 0, 10, 10} {
		if got := p.Take("a", now); got != want*time.Second {
			t.Errorf("attempt %d waits %v", i, got)
		}
	}
	if got := p.Take("b", now); got != 0 {
		t.Errorf("another waits %v", got)
	}
	now = now.Add(10 * time.Second)
	if first, second := p.Take("a", now), p.Take("a", now); first != 0 || second != 10*time.Second {
		t.Errorf("after waiting: got %v and %v", first, second)
	}
	for i := range 50_000 {
		if got := p.Take(fmt.Sprint(i), now); got != 0 {
			t.Fatalf("%d waits %v", i, got)
		}
	}
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m sessions.Memory
		redeem := func(code access.Token, want string) {
			t.Helper()
			got, err := m.Redeem(t.Context(), code)
			if string(got) != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, kv.ErrUnauthorized) {
				t.Errorf("got %q %v, want %q", got, err, want)
			}
		}
		redeem("", "")
		redeem("su_x", "")
		code := m.Invite("tk", 30*time.Minute)
		redeem("su_x", "")
		redeem(code, "tk")
		redeem(code, "")
		late := m.Invite("tk", 30*time.Minute)
		time.Sleep(30 * time.Minute)
		redeem(late, "")
		first, second := m.Invite("one", time.Minute), m.Invite("two", time.Minute)
		redeem(first, "")
		redeem(second, "two")
	})
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	var a sessions.Attempts
	now := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	for i := range 5 {
		if wait := a.Take("192.0.2.1", now); wait != 0 {
			t.Fatalf("attempt %d waits %v", i, wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		if got := a.Take("192.0.2.1", now); got != want*time.Second {
			t.Errorf("got %v, want %d s", got, want)
		}
		now = now.Add(want * time.Second)
		if got := a.Take("192.0.2.1", now); got != 0 {
			t.Errorf("after waiting: got %v", got)
		}
	}
	if got := a.Take("192.0.2.2", now); got != 0 {
		t.Errorf("another address waits %v", got)
	}
	a.Succeeded("192.0.2.1")
	if got := a.Take("192.0.2.1", now); got != 0 {
		t.Errorf("after success: got %v", got)
	}
	for i := range 6 { // one host has all of a /64
		if got := a.Take(fmt.Sprintf("2001:db8::%x", i+1), now); (got > 0) != (i == 5) {
			t.Errorf("attempt %d: got %v", i, got)
		}
	}
	if got := a.Take("2001:db8::9", now.Add(11*time.Minute)); got != 0 {
		t.Errorf("a while later: got %v", got)
	}
	for i := range 50_000 { // memory stays bounded, and nobody is refused for others
		if got := a.Take(fmt.Sprintf("198.%d.%d.1", i/256, i%256), now); got != 0 {
			t.Fatalf("address %d waits %v", i, got)
		}
	}
}
