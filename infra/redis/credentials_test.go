// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestCredentials changes the password while a store is open: connections made from then on use the new one.
func TestCredentials(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	admin := server.Client()
	allow := func(password string) {
		if err := admin.Do(t.Context(), "acl", "setuser", "app", "on", "resetpass", ">"+password, "~*", "+@all").Err(); err != nil {
			t.Fatal(err)
		}
	}
	allow("first")
	var password atomic.Value
	password.Store("first")
	s := open(t, redis.Config{URL: "redis://nobody:wrong@" + server.Addr, Credentials: func(context.Context) (string, string, error) {
		return "app", password.Load().(string), nil
	}})
	incr := func() error {
		_, err := s.Incr(t.Context(), 1, "k", 1, 0)
		return err
	}
	if err := incr(); err != nil {
		t.Fatalf("with the first password: %v", err)
	}
	allow("second")
	if err := admin.ClientKillByFilter(t.Context(), "user", "app").Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first password to be refused", func() bool { return errors.Is(incr(), kv.ErrUnavailable) })
	password.Store("second")
	eventually(t, "the second password to be taken", func() bool { return incr() == nil })
}

// TestCredentialsFail checks that Open says why there are none, without texts that are not written for users.
func TestCredentialsFail(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for _, tt := range []struct {
		err  error
		says string
	}{
		{kv.Refuse(kv.ErrUnavailable, "no role"), "no role"},
		{errors.New("secret"), "cannot be reached"},
	} {
		_, err := redis.Open(t.Context(), patient(redis.Config{URL: server.URL, Credentials: func(context.Context) (string, string, error) {
			return "", "", tt.err
		}}))
		if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open without credentials for %v: %v", tt.err, err)
		}
	}
}
