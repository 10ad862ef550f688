// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestOpenRefuses checks the errors of Open for servers that cannot be used: what is wrong, where, and no password.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	down := redistest.Start(t)
	down.Kill()
	locked := redistest.Start(t, "--requirepass", "right")
	limited := redistest.Start(t, "--user", "app", "on", ">secret", "~kv:*", "+@all", "-info")
	master := redistest.Start(t)
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+master.Port())
	web := httptest.NewServer(nil)
	t.Cleanup(web.Close)
	webAddr := strings.TrimPrefix(web.URL, "http://")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for _, tt := range []struct {
		name, url string
		want      error
		says      []string
	}{
		{"down", "redis://:secret@" + down.Addr, kv.ErrUnavailable, []string{down.Addr, "connection refused"}},
		{"down cluster", "redis://:secret@" + down.Addr + "?cluster=true", kv.ErrUnavailable, []string{down.Addr}},
		{"down sentinel", "redis://:secret@" + down.Addr + "?sentinel=m", kv.ErrUnavailable, []string{down.Addr}},
		{"no host", "redis://:secret@nowhere.invalid", kv.ErrUnavailable, []string{"nowhere.invalid:6379", "no such host"}},
		{"no socket", "unix://:secret@/nowhere/s", kv.ErrUnavailable, []string{"/nowhere/s", "no such socket"}},
		{"wrong password", "redis://:secret@" + locked.Addr, kv.ErrUnavailable, []string{"password"}},
		{"wrong user", "redis://secret:secret@" + locked.Addr, kv.ErrUnavailable, []string{"user name"}},
		{"no password", "redis://" + locked.Addr, kv.ErrUnavailable, []string{"password"}},
		{"permission", "redis://app:secret@" + limited.Addr, kv.ErrUnavailable, []string{"permission", "+info"}},
		{"web server", "redis://:secret@" + webAddr, kv.ErrUnavailable, []string{webAddr, "is not Redis"}},
		{"no TLS", "rediss://:secret@" + master.Addr, kv.ErrUnavailable, []string{master.Addr, "does not speak TLS", "redis://"}},
		{"silent", "redis://:secret@" + silent.Addr().String(), kv.ErrTimeout, []string{silent.Addr().String()}},
		{"replica", "redis://" + replica.Addr, kv.ErrUnavailable, []string{"replica"}},
		{"no cluster", "redis://:secret@" + master.Addr + "?cluster=true", kv.ErrUnavailable, []string{"not part of"}},
		{"no sentinel", "redis://" + master.Addr + "?sentinel=secret", kv.ErrUnavailable, []string{"no Sentinel"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refusesToOpen(t, tt.url, tt.want, tt.says, "secret")
		})
	}
}

// refusesToOpen checks that Open returns a Refusal of that kind that says these words, and none of the others. Some servers
// never answer, so it has little time at first, and more if something else was too slow for that.
func refusesToOpen(t *testing.T, url string, want error, says []string, not ...string) {
	t.Helper()
	growing(t, func(d time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), 4*d)
		defer cancel()
		s, err := redis.Open(ctx, redis.Config{URL: url, Timeout: d, DialTimeout: d})
		if s != nil {
			_ = s.Close()
		}
		refusal, ok := errors.AsType[*kv.Refusal](err)
		if !ok || !errors.Is(err, want) {
			return fmt.Errorf("Open = %v, %w, want a refusal of the kind %w", s, err, want)
		}
		for _, word := range says {
			if !strings.Contains(refusal.Detail, word) {
				return fmt.Errorf("it says %q, want something with %q", refusal.Detail, word)
			}
		}
		for _, word := range not {
			if strings.Contains(err.Error(), word) {
				return fmt.Errorf("it says %q, which contains %q", err, word)
			}
		}
		return nil
	})
}

// TestOpen checks the ways to reach a server: database, password, user, and a Cluster behind a plain URL.
func TestOpen(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--user", "app", "on", ">p@:/?#%word", "~kv:*", "+@all", "-@dangerous", "+info")
	const password = "p%40%3A%2F%3F%23%25word"
	for db, url := range []string{
		0: fmt.Sprintf("redis://app:%s@%s", password, s.Addr),
		1: fmt.Sprintf("redis://app:%s@%s/1", password, s.Addr),
		2: fmt.Sprintf("unix://app:%s@%s?db=2", password, s.Socket),
	} {
		store := open(t, redis.Config{URL: url, Coalesce: db%2 == 0})
		if _, err := store.Incr(t.Context(), 1, "k", int64(db+1), 0); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if ids, err := store.ProjectIDs(t.Context()); err != nil || len(ids) != 1 {
			t.Errorf("%s: ProjectIDs = %v, %v", url, ids, err)
		}
		c := s.Client().Conn()
		defer c.Close()
		if got := c.Select(t.Context(), db).Err(); got != nil {
			t.Fatal(got)
		}
		if got := c.Get(t.Context(), "kv:p1:k").Val(); got != fmt.Sprint(db+1) {
			t.Errorf("%s: database %d holds %q", url, db, got)
		}
	}
}

// TestOpenLoading checks that Open waits for a server that is loading its data.
func TestOpenLoading(t *testing.T) {
	t.Parallel()
	s := slowLoader(t)
	restarted := make(chan struct{})
	s.Kill() // before it is opened
	go func() { s.Restart(); close(restarted) }()
	store := openEventually(t, redis.Config{URL: s.URL})
	v, err := store.Get(t.Context(), 1, "k1")
	if err != nil || string(v) != "1" {
		t.Errorf("Get = %s, %v", v, err)
	}
	<-restarted
}

// slowLoader returns a server that takes most of a second to load its data after a restart.
func slowLoader(t *testing.T) *redistest.Server {
	t.Helper()
	s := redistest.Start(t, "--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024")
	c := s.Client()
	for i := range 1500 {
		if err := c.Set(t.Context(), fmt.Sprint("kv:p1:k", i), i, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Save(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// openEventually opens a store as soon as a server listens there.
func openEventually(t *testing.T, c redis.Config) *redis.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		s, err := redis.Open(ctx, patient(c))
		if err == nil {
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
		if ctx.Err() != nil {
			t.Fatalf("Open: %v", err)
		}
		<-time.After(time.Millisecond)
	}
}
