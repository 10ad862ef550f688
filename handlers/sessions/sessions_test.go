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

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m sessions.Memory
		h := access.Token("c").Hash()
		open(t, &m, h, time.Hour)
		time.Sleep(time.Hour - time.Nanosecond)
		if s, err := m.Session(t.Context(), h); err != nil || s.Bearer != "tk" {
			t.Errorf("got %+v %v", s, err)
		}
		time.Sleep(time.Nanosecond)
		if _, err := m.Session(t.Context(), h); !errors.Is(err, kv.ErrUnauthorized) {
			t.Errorf("got %v after it expired", err)
		}
		open(t, &m, h, time.Hour)
		if err := m.EndSession(t.Context(), h); err != nil {
			t.Error(err)
		}
		if _, err := m.Session(t.Context(), h); !errors.Is(err, kv.ErrUnauthorized) {
			t.Errorf("got %v after it was ended", err)
		}
	})
}

func open(t *testing.T, m *sessions.Memory, h access.TokenHash, lasts time.Duration) {
	t.Helper()
	if err := m.OpenSession(t.Context(), h, access.Session{Bearer: "tk", ExpiresAt: time.Now().Add(lasts)}); err != nil {
		t.Fatal(err)
	}
}

// However many sign in, memory is bounded, and the newest are in.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m sessions.Memory
		name := func(i int) access.TokenHash { return access.Token(fmt.Sprint(i)).Hash() }
		in := 0
		for i := range 3000 {
			open(t, &m, name(i), time.Hour)
			time.Sleep(time.Microsecond)
		}
		for i := range 3000 {
			if _, err := m.Session(t.Context(), name(i)); err == nil {
				in++
			} else if i >= 2000 {
				t.Fatalf("session %d is gone", i)
			}
		}
		if in != 1000 {
			t.Errorf("%d are signed in", in)
		}
	})
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
