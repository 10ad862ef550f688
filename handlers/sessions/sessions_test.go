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

func TestSetupCodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s sessions.SetupCode
		redeem := func(code access.Token, want bool) {
			t.Helper()
			err := s.Redeem(code)
			if (err == nil) != want || err != nil && !errors.Is(err, kv.ErrUnauthorized) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		redeem("", false)
		redeem("su_x", false)
		code := s.New(30 * time.Minute)
		if !s.Redeemable() {
			t.Error("it is not redeemable")
		}
		redeem("su_x", false)
		redeem(code, true)
		redeem(code, false)
		if s.Redeemable() {
			t.Error("it is redeemable still")
		}
		late := s.New(30 * time.Minute)
		time.Sleep(30 * time.Minute)
		redeem(late, false)
		first, second := s.New(time.Minute), s.New(time.Minute)
		redeem(first, false)
		redeem(second, true)
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

func TestLinks(t *testing.T) {
	t.Parallel()
	var l sessions.Links
	now := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	key := access.TokenHash{1}
	redeem := func(code access.Token, at time.Time, want bool) {
		t.Helper()
		got, err := l.Redeem(code, at)
		if (err == nil) != want || err != nil && !errors.Is(err, kv.ErrUnauthorized) || want && got != key {
			t.Errorf("got %v and %v, want %v", got, err, want)
		}
	}
	redeem("su_x", now, false)
	early, code := l.New(key, now, now.Add(time.Second)), l.New(key, now, now.Add(time.Minute))
	redeem(early, now.Add(time.Second), false)
	redeem(code, now.Add(time.Second), true)
	redeem(code, now.Add(time.Second), false)
	first := l.New(key, now, now.Add(time.Minute))
	for range 99 {
		code = l.New(key, now, now.Add(time.Hour))
	}
	redeem(code, now, true)
	l.New(key, now, now.Add(time.Hour))
	l.New(key, now, now.Add(time.Hour)) // one too many
	redeem(first, now, false)
}
