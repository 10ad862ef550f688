// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"cmp"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control/controltest"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// patient returns cfg with timeouts that do not end anything on a busy machine, unless the test sets its own.
func patient(cfg control.Config) control.Config {
	cfg.Timeout = cmp.Or(cfg.Timeout, patience)
	cfg.Redis.Timeout, cfg.Redis.DialTimeout = cmp.Or(cfg.Redis.Timeout, patience), cmp.Or(cfg.Redis.DialTimeout, patience)
	return cfg
}

// open opens a store that is patient.
func open(tb testing.TB, url string, cfg control.Config) *control.Store {
	tb.Helper()
	cfg.Redis.URL = url
	s, err := control.Open(tb.Context(), patient(cfg))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// openOne is open for a store that the test does not close itself.
func openOne(tb testing.TB, url string, cfg control.Config) *control.Store {
	tb.Helper()
	s := open(tb, url, cfg)
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func must[T any](tb testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]control.Config{"following": {MaxSessions: controltest.MaxSessions}, "on use": {OnUse: true, MaxSessions: controltest.MaxSessions}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, "--databases", "100")
			var n atomic.Int32
			controltest.Run(t, func(t *testing.T) func() controltest.Control {
				url := fmt.Sprintf("%s/%d", server.URL, n.Add(1))
				return func() controltest.Control { return open(t, url, cfg) }
			})
		})
	}
}

// TestConformanceInCluster runs the tests one after the other, since a Cluster has one database.
func TestConformanceInCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false)
	var one sync.Mutex
	controltest.Run(t, func(t *testing.T) func() controltest.Control {
		one.Lock()
		t.Cleanup(one.Unlock)
		for _, s := range cluster.Masters {
			must[string](t)(s.Client().FlushAll(t.Context()).Result())
		}
		return func() controltest.Control {
			return open(t, cluster.URL, control.Config{MaxSessions: controltest.MaxSessions})
		}
	})
}

// TestOutOfReach has projects use all sorts of patterns in a database that also has the control data.
func TestOutOfReach(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := openOne(t, server.URL, control.Config{})
	key := must[access.Token](t)(s.CreateFirstKey(t.Context()))
	p := must[access.Project](t)(s.CreateProject(t.Context(), access.NewProject{}))
	store := must[*redis.Store](t)(redis.Open(t.Context(), redis.Config{URL: server.URL, Timeout: patience, DialTimeout: patience}))
	defer store.Close()
	for _, pattern := range []kv.Pattern{"", "*", "tempskv*", "../*", "*control*", "?*", "[^a]*"} {
		page := must[kv.Page](t)(store.Scan(t.Context(), p.ID, pattern, "", 1000))
		if len(page.Keys) != 0 {
			t.Errorf("pattern %q finds %q", pattern, page.Keys)
		}
	}
	for _, name := range []kv.Key{"tempskv:{control}", "{control}", ":{control}"} {
		must[int64](t)(store.Del(t.Context(), p.ID, []kv.Key{name}))
		must[bool](t)(store.Set(t.Context(), p.ID, name, kv.Value(`1`), kv.SetOptions{}))
	}
	if ids := must[[]kv.ProjectID](t)(store.ProjectIDs(t.Context())); len(ids) != 1 || ids[0] != p.ID {
		t.Errorf("projects with keys: %v", ids)
	}
	if err := store.DeleteProject(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if names := must[[]string](t)(server.Client().Keys(t.Context(), "kv:*").Result()); len(names) != 0 {
		t.Errorf("left: %q", names)
	}
	other := openOne(t, server.URL, control.Config{})
	must[*access.Principal](t)(other.Authenticate(t.Context(), key))
}

// calls returns how often a server ran a command.
func calls(t *testing.T, c *goredis.Client, command string) (n int) {
	t.Helper()
	info := must[map[string]map[string]string](t)(c.InfoMap(t.Context(), "commandstats").Result())
	_, _ = fmt.Sscanf(info["Commandstats"]["cmdstat_"+command], "calls=%d", &n)
	return n
}

func BenchmarkAuthenticate(b *testing.B) {
	s := openOne(b, redistest.Start(b).URL, control.Config{})
	token := must[access.Token](b)(s.CreateFirstKey(b.Context()))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Authenticate(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
