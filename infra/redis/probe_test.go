// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// codes returns the codes of the warnings.
func codes(warnings []engine.Warning) []engine.WarningCode {
	found := []engine.WarningCode{}
	for _, w := range warnings {
		found = append(found, w.Code)
	}
	return found
}

// TestProbeSettings checks that a Probe reports the settings that are in force, and null where the server does not say.
func TestProbeSettings(t *testing.T) {
	t.Parallel()
	const limited = "--user app on >secret ~* +@all -@admin -@dangerous +info"
	for _, tt := range []struct {
		name  string
		args  []string
		user  string
		want  engine.Server
		risks []engine.WarningCode
	}{
		{"nothing kept", []string{"--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"}, "",
			engine.Server{Persistence: new(false), Eviction: "allkeys-lru", MaxMemory: new(int64(3 << 20))},
			[]engine.WarningCode{engine.WarnNotPersisted, engine.WarnEviction}},
		{"AOF", []string{"--appendonly", "yes", "--maxmemory-policy", "volatile-ttl"}, "",
			engine.Server{Persistence: new(true), Eviction: "volatile-ttl", MaxMemory: new(int64(0))}, []engine.WarningCode{}},
		{"snapshots", []string{"--save", "3600 1", "--maxmemory-policy", "allkeys-lfu"}, "",
			engine.Server{Persistence: new(true), Eviction: "allkeys-lfu", MaxMemory: new(int64(0))}, []engine.WarningCode{engine.WarnEviction}},
		{"AOF, CONFIG not permitted", append(strings.Fields(limited), "--appendonly", "yes", "--maxmemory", "5mb"), "app:secret@",
			engine.Server{Persistence: new(true), Eviction: "noeviction", MaxMemory: new(int64(5 << 20))}, []engine.WarningCode{}},
		{"CONFIG not permitted", strings.Fields(limited), "app:secret@",
			engine.Server{Eviction: "noeviction", MaxMemory: new(int64(0))}, []engine.WarningCode{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, tt.args...)
			got, err := open(t, redis.Config{URL: "redis://" + tt.user + server.Addr}).Probe(t.Context())
			if err != nil || got.Version == "" || got.UsedMemory == 0 {
				t.Fatalf("Probe = %+v, %v", got, err)
			}
			if diff := cmp.Diff(tt.risks, codes(redis.Risks(got))); diff != "" {
				t.Error(diff)
			}
			got.Version, got.UsedMemory = "", 0
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProbeCluster checks that the weakest master decides.
func TestProbeCluster(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false, "--appendonly", "yes")
	s := open(t, redis.Config{URL: c.URL})
	set := func(master int, name, value string) {
		if err := c.Masters[master].Client().ConfigSet(t.Context(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	probe := func() engine.Server {
		got, err := s.Probe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return engine.Server{Persistence: got.Persistence, Eviction: got.Eviction, MaxMemory: got.MaxMemory}
	}
	want := engine.Server{Persistence: new(true), Eviction: engine.NoEviction, MaxMemory: new(int64(0))}
	if diff := cmp.Diff(want, probe()); diff != "" {
		t.Error(diff)
	}
	set(0, "maxmemory", "9mb")
	set(1, "maxmemory-policy", "allkeys-random")
	set(2, "appendonly", "no")
	set(2, "maxmemory", "7mb")
	want = engine.Server{Persistence: new(false), Eviction: "allkeys-random", MaxMemory: new(int64(7 << 20))}
	if diff := cmp.Diff(want, probe()); diff != "" {
		t.Error(diff)
	}
}

// TestRefusedWrites checks servers that answer reads and refuse writes: what a call and a Probe return for each, and that
// it is over once the server accepts writes again. A call that would wait for its context does not end in this test.
func TestRefusedWrites(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, word   string
		kind         error
		harm, repair []string
	}{
		{"replica", "READONLY", kv.ErrUnavailable, []string{"REPLICAOF", "127.0.0.1", "1"}, []string{"REPLICAOF", "NO", "ONE"}},
		{"no replicas", "NOREPLICAS", kv.ErrUnavailable, []string{"CONFIG", "SET", "min-replicas-to-write", "1"},
			[]string{"CONFIG", "SET", "min-replicas-to-write", "0"}},
	} {
		for _, c := range coalescing {
			t.Run(tt.name+", "+c.name, func(t *testing.T) {
				t.Parallel()
				server := redistest.Start(t)
				c.URL = server.URL
				s, ctx, admin := open(t, c.Config), t.Context(), server.Client()
				do := func(words []string) {
					args := make([]any, len(words))
					for i, w := range words {
						args[i] = w
					}
					if err := admin.Do(ctx, args...).Err(); err != nil {
						t.Fatal(err)
					}
				}
				do(tt.harm)
				entry := []kv.Entry{{Key: "k", Value: kv.Value(`1`), TTL: 1e12}}
				_, incr := s.Incr(ctx, 1, "k", 1, 0)
				for what, err := range map[string]error{"Incr": incr, "MSet by a script": s.MSet(ctx, 1, entry)} {
					var refusal *kv.Refusal
					if !errors.As(err, &refusal) || !errors.Is(err, tt.kind) || !strings.Contains(refusal.Detail, tt.word) {
						t.Errorf("%s: %v, want a refusal with %s", what, err, tt.word)
					}
				}
				got, err := s.Probe(ctx)
				if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.word) || got.Version == "" {
					t.Errorf("Probe = %+v, %v, want %s", got, err, tt.word)
				}
				if diff := cmp.Diff([]engine.WarningCode{engine.WarnWrites}, codes(got.Warnings)); diff != "" {
					t.Error(diff)
				}
				if _, err := s.Get(ctx, 1, "k"); err != nil {
					t.Errorf("Get: %v", err)
				}
				do(tt.repair)
				if _, err := s.Incr(ctx, 1, "k", 1, 0); err != nil {
					t.Errorf("Incr once it is repaired: %v", err)
				}
				if got, err := s.Probe(ctx); err != nil || len(got.Warnings) > 0 {
					t.Errorf("Probe once it is repaired: %+v, %v", got, err)
				}
			})
		}
	}
}

// TestCannotStore makes a server fail in a snapshot: it then refuses writes, and says so to PING.
func TestCannotStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := redistest.Start(t, "--save", "3600 1", "--dir", dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s, ctx, admin := open(t, redis.Config{URL: server.URL, Coalesce: true}), t.Context(), server.Client()
	if err := admin.BgSave(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the snapshot to fail", func() bool {
		return strings.Contains(admin.Info(ctx, "persistence").Val(), "rdb_last_bgsave_status:err")
	})
	_, incr := s.Incr(ctx, 1, "k", 1, 0)
	got, probe := s.Probe(ctx)
	for what, err := range map[string]error{"Incr": incr, "Probe": probe} {
		if !errors.Is(err, kv.ErrStorageFull) || !strings.Contains(err.Error(), "MISCONF") {
			t.Errorf("%s: %v, want MISCONF", what, err)
		}
	}
	if diff := cmp.Diff([]engine.WarningCode{engine.WarnWrites, engine.WarnStorageFull}, codes(got.Warnings)); diff != "" {
		t.Error(diff)
	}
}

// TestLostQuorum kills two of three masters: the third one refuses everything, and no call waits for them.
func TestLostQuorum(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false, redistest.NodeTimeout, "1500")
	s, ctx := open(t, redis.Config{URL: cluster.URL, Coalesce: true}), t.Context()
	last := cluster.Masters[0]
	key := kv.Key("")
	for i := 0; key == ""; i++ {
		if name := kv.Key(strings.Repeat("k", i+1)); cluster.Owner(cluster.Slot("kv:p1:"+string(name))) == last {
			key = name
		}
	}
	cluster.Masters[1].Kill()
	cluster.Masters[2].Kill()
	eventually(t, "the last one to find out", func() bool {
		info, _ := last.Client().ClusterInfo(ctx).Result()
		return strings.Contains(info, "cluster_state:fail")
	})
	if _, err := s.Incr(ctx, 1, key, 1, 0); !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), "CLUSTERDOWN") {
		t.Errorf("Incr: %v, want CLUSTERDOWN", err)
	}
	if _, err := s.Probe(ctx); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("Probe: %v, want %v", err, kv.ErrUnavailable)
	}
}

// TestOversize stores values beyond what a server takes: they are refused by name, and no other call is affected.
func TestOversize(t *testing.T) {
	t.Parallel()
	a := redistest.NewAuthority(t)
	server, addr := redistest.StartTLS(t, a, "no", "--proto-max-bulk-len", "1mb")
	for name, url := range map[string]string{"plain": server.URL, "TLS": "rediss://" + addr + "?ca=" + a.CA} {
		for _, coalesce := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s, ctx := open(t, redis.Config{URL: url, Coalesce: coalesce}), t.Context()
				clients := startCrowd(t, s, patience, 0)
				clients.progress(100)
				for _, size := range []int{1<<20 + 1, 3 << 20, 30 << 20} {
					value := kv.Value(`"` + strings.Repeat("v", size) + `"`)
					_, set := s.Set(ctx, 2, "large", value, kv.SetOptions{})
					mset := s.MSet(ctx, 2, []kv.Entry{{Key: "large", Value: value}, {Key: "small", Value: kv.Value(`1`)}})
					for what, err := range map[string]error{"Set": set, "MSet": mset} {
						if !errors.Is(err, kv.ErrTooLarge) || !strings.Contains(err.Error(), "proto-max-bulk-len") {
							t.Errorf("%s of %d bytes: %v, want %v", what, size, err, kv.ErrTooLarge)
						}
					}
				}
				if n, err := s.Exists(ctx, 2, []kv.Key{"large", "small"}); n != 0 || err != nil {
					t.Errorf("Exists = %d, %v", n, err)
				}
				clients.progress(100)
				clients.cancel()
				clients.clients.Wait()
				if clients.unknown.Load()+clients.refused.Load() > 0 {
					t.Errorf("%d unknown, %d refused of others", clients.unknown.Load(), clients.refused.Load())
				}
			})
		}
	}
}
