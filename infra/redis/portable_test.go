// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/infra/storetest"
)

// portable runs the suite with two stores, whose servers it empties before each pair.
func portable(t *testing.T, from, to redis.Config, servers ...*redistest.Server) {
	clients := make([]*goredis.Client, len(servers))
	for i, s := range servers {
		clients[i] = s.Client()
	}
	storetest.RunPortable(t, func(t *testing.T) (kv.Store, kv.Store) {
		for _, client := range clients {
			if err := client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		return open(t, from), open(t, to)
	})
}

func TestPortable(t *testing.T) {
	t.Parallel()
	from, to := redistest.Start(t), redistest.Start(t)
	portable(t, redis.Config{URL: from.URL, Coalesce: true}, redis.Config{URL: to.URL}, from, to)
}

func TestPortableCluster(t *testing.T) {
	t.Parallel()
	from, to := redistest.StartCluster(t, false), redistest.Start(t)
	portable(t, redis.Config{URL: from.URL, Coalesce: true}, redis.Config{URL: to.URL}, append(from.Masters, to)...)
}

func TestPortableSentinel(t *testing.T) {
	t.Parallel()
	from, to := redistest.StartSentinel(t), redistest.StartCluster(t, false)
	portable(t, redis.Config{URL: from.URL, Coalesce: true}, redis.Config{URL: to.URL}, append(to.Masters, from.Master)...)
}

// exported returns the exported records of the project, sorted by key.
func exported(t *testing.T, s kv.Store, p kv.ProjectID) (all []kv.Record) {
	t.Helper()
	err := s.Export(t.Context(), p, func(records []kv.Record) error { all = append(all, records...); return nil })
	if err != nil {
		t.Fatalf("Export: %v", err)
	}
	slices.SortFunc(all, func(a, b kv.Record) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return all
}

// TestPortableUsers checks which permissions an export and an import need, and the error for a missing one.
func TestPortableUsers(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.Client()
	fillKinds(t, c, "kv:p1:")
	c.Set(t.Context(), "kv:p1:a", "1", time.Hour)
	as := func(name, rules string) *redis.Store {
		t.Helper()
		args := []any{"ACL", "SETUSER", name, "on", ">secret"}
		for rule := range strings.FieldsSeq(rules) {
			args = append(args, rule)
		}
		if err := c.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
		return open(t, redis.Config{URL: "redis://" + name + ":secret@" + server.Addr})
	}
	least := as("least", "~kv:* -@all +@read +@write +@scripting +@connection +info +restore")
	records := exported(t, least, 0)
	c.FlushAll(t.Context())
	if present, err := least.Import(t.Context(), records); len(records) != 6 || len(present) != 0 || err != nil {
		t.Errorf("%d records exported, %v are there, %v", len(records), present, err)
	}
	c.FlushAll(t.Context())
	const earlier = "~* +@all -@admin -@dangerous +info" // as in containers made before there were restores
	_, err := as("earlier", earlier).Import(t.Context(), records)
	if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), "+restore") {
		t.Errorf("Import without permission to restore: %v", err)
	}
	if _, err := as("now", earlier+" +restore").Import(t.Context(), records); err != nil {
		t.Errorf("Import with permission to restore: %v", err)
	}
	refusing := as("few", "~kv:* -@all +@connection +info +eval +get +set +del +incrby +scan +strlen +memory")
	err = refusing.Export(t.Context(), 0, func([]kv.Record) error { return nil })
	if refusal := new(kv.Refusal); !errors.As(err, &refusal) || !strings.Contains(refusal.Detail, "+@read") {
		t.Errorf("Export without permission to read: %v", err)
	}
}

// TestExportBeforePExpireTime exports from a server that has no PEXPIRETIME, as those before 7.0: here it is forbidden.
func TestExportBeforePExpireTime(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.Client()
	if err := c.Do(t.Context(), "ACL", "SETUSER", "old", "on", ">secret", "~*", "+@all", "-pexpiretime").Err(); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	c.Set(t.Context(), "kv:p1:a", "1", 0)
	c.Do(t.Context(), "SET", "kv:p1:b", "1", "PXAT", at.UnixMilli())
	s, began := open(t, redis.Config{URL: "redis://old:secret@" + server.Addr}), time.Now()
	records := exported(t, s, 1)
	took := time.Since(began)
	if len(records) != 2 || !records[0].ExpiresAt.IsZero() {
		t.Fatalf("Export: %+v", records)
	}
	if off := records[1].ExpiresAt.Sub(at).Abs(); off > took+20*time.Millisecond {
		t.Errorf("a key that expires at %v is exported with %v", at, records[1].ExpiresAt)
	}
}

// TestExportMoved moves slots from server to server while a Cluster is exported: each key is exported.
func TestExportMoved(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false)
	s := open(t, redis.Config{URL: c.URL, Coalesce: true})
	keys, _ := stay(t, s)
	for i := range 6 {
		came, calls := map[kv.Key]bool{}, 0
		err := s.Export(t.Context(), 2, func(records []kv.Record) error {
			if calls++; calls == 1 {
				c.MoveKey(fmt.Sprint("kv:p2:k", i))
				c.MoveKey(fmt.Sprint("kv:p2:k", 100+i))
			}
			for _, r := range records {
				came[r.Key] = true
			}
			return nil
		})
		if err != nil {
			t.Fatalf("Export: %v", err)
		}
		for _, key := range keys {
			if !came[key] {
				t.Errorf("%s did not come, which was there throughout", key)
			}
		}
	}
}

// TestExportStandsAside checks that an export takes no connection that requests use, nor a place in their queue.
func TestExportStandsAside(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL, Coalesce: true})
	if _, err := s.Import(t.Context(), thousand(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), 1, "key1"); err != nil {
		t.Fatal(err)
	}
	before := s.Stats()
	records := exported(t, s, 1)
	if _, err := s.Lookup(t.Context(), records[:1000]); err != nil {
		t.Fatal(err)
	}
	after := s.Stats()
	before.Sent, after.Sent = 0, 0 // the read may be counted a moment after its end
	if diff := cmp.Diff(after, before); diff != "" {
		t.Errorf("connections of the requests, after an export of %d keys: (-got +want)\n%s", len(records), diff)
	}
}

// TestImportInDoubt loses the answer to an import: its outcome is unknown, nothing is sent twice, and the second
// time the keys exist.
func TestImportInDoubt(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	short := open(t, redis.Config{URL: server.URL, Timeout: 3 * time.Second})
	fillKinds(t, c, "kv:p1:")
	kinds := exported(t, s, 1)
	eventually(t, "a connection for imports", func() bool { return short.Export(t.Context(), 1, func([]kv.Record) error { return nil }) == nil })
	c.FlushAll(t.Context())
	records := append(thousand(1)[:20], kinds...)
	server.Stop() // it receives the commands, and answers too late
	_, err := short.Import(t.Context(), records)
	server.Cont()
	if !errors.Is(err, kv.ErrOutcomeUnknown) {
		t.Errorf("Import without an answer: %v, want %v", err, kv.ErrOutcomeUnknown)
	}
	eventually(t, "the server to do what it was sent", func() bool { return c.DBSize(t.Context()).Val() == int64(len(records)) })
	stats := c.Info(t.Context(), "commandstats").Val()
	for _, want := range []string{"cmdstat_set:calls=20,", "cmdstat_restore:calls=5,"} {
		if !strings.Contains(stats, want) {
			t.Errorf("not %s but %s", want, stats)
		}
	}
	if present, err := s.Import(t.Context(), records); len(present) != len(records) || err != nil {
		t.Errorf("Import again: %d of %d are there, %v", len(present), len(records), err)
	}
}

// TestImportIsRefused checks that a server without memory stores no record of any type.
func TestImportIsRefused(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--maxmemory-policy", "noeviction")
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	fillKinds(t, c, "kv:p1:")
	kinds := exported(t, s, 1)
	c.FlushAll(t.Context())
	if err := c.ConfigSet(t.Context(), "maxmemory", "1kb").Err(); err != nil {
		t.Fatal(err)
	}
	texts := thousand(1)
	for name, some := range map[string][]kv.Record{
		"that expires": texts[:1], "that stays": texts[1:2], "of another type": kinds[:1], "of all kinds": append(texts[:9], kinds...),
	} {
		if _, err := s.Import(t.Context(), some); !errors.Is(err, kv.ErrOutOfMemory) {
			t.Errorf("Import of a key %s without memory: %v", name, err)
		}
	}
	if n := c.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys are there of what was refused", n)
	}
}

// TestExportLeavesOut checks that keys that are not a project's are not exported, though their names begin in the same
// way.
func TestExportLeavesOut(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	for _, key := range []string{
		"other", "kv:p", "kv:p1", "kv:p:k", "kv:p0:k", "kv:p-1:k", "kv:p01:k", "kv:px:k", "kv:p9007199254740992:k", "kv:p1!:id",
		"kv:p1!{12}:id", "kv:control:projects", redis.OwnerKey, " kv:p1:k", "kv:p1:k", "kv:p12:k",
	} {
		if err := c.Set(t.Context(), key, key, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	want := []kv.Record{{Project: 1, Key: "k", Text: []byte("kv:p1:k")}}
	if diff := cmp.Diff(exported(t, s, 1), want); diff != "" {
		t.Errorf("Export of project 1: (-got +want)\n%s", diff)
	}
	if all := exported(t, s, 0); len(all) != 2 {
		t.Errorf("Export of all: %+v", all)
	}
}

// TestParseName checks that ParseName is the reverse of name.
func TestParseName(t *testing.T) {
	t.Parallel()
	type parsed struct {
		P   kv.ProjectID
		Key kv.Key
		OK  bool
	}
	for name, want := range map[string]parsed{
		"kv:p7:key": {7, "key", true}, "kv:p7:": {7, "", true}, "kv:p7::\x00\xff": {7, ":\x00\xff", true},
		"kv:p9007199254740991:a:b": {kv.MaxProjectID, "a:b", true},
		"kv:p7":                    {}, "kv:p07:a": {}, "kv:p+7:a": {}, "kv:p0:a": {}, "kv:p7!:a": {}, "p7:a": {}, "": {},
	} {
		var got parsed
		got.P, got.Key, got.OK = redis.ParseName(name)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("ParseName(%q): (-got +want)\n%s", name, diff)
		}
	}
}

// BenchmarkExport and BenchmarkImport measure 1000 keys.
func BenchmarkExport(b *testing.B) {
	for name, start := range map[string]func(b *testing.B) string{
		"one":     func(b *testing.B) string { return redistest.Start(b).URL },
		"cluster": func(b *testing.B) string { return redistest.StartCluster(b, false).URL },
	} {
		b.Run(name, func(b *testing.B) {
			s := open(b, redis.Config{URL: start(b), Coalesce: true})
			if _, err := s.Import(b.Context(), thousand(1)); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				err := s.Export(b.Context(), 1, func(some []kv.Record) error { n += len(some); return nil })
				if err != nil || n < 1000 {
					b.Fatalf("%d keys, %v", n, err)
				}
			}
		})
	}
}

func BenchmarkImport(b *testing.B) {
	s := open(b, redis.Config{URL: redistest.Start(b).URL, Coalesce: true})
	b.ReportAllocs()
	for p := kv.ProjectID(1); b.Loop(); p++ {
		if present, err := s.Import(b.Context(), thousand(p)); len(present) != 0 || err != nil {
			b.Fatal(present, err)
		}
	}
}

// thousand returns 1000 records of 100 bytes, half of which expire.
func thousand(p kv.ProjectID) []kv.Record {
	all := make([]kv.Record, 1000)
	for i := range all {
		all[i] = kv.Record{Project: p, Key: kv.Key(fmt.Sprint("key", i)), Text: []byte(strings.Repeat("v", 100))}
		if i%2 == 0 {
			all[i].ExpiresAt = time.Now().Add(time.Hour)
		}
	}
	return all
}
