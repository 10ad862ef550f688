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
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/infra/storetest"
)

// portable runs the suite between two stores, whose servers it empties before each pair.
func portable(t *testing.T, from, to redis.Config, servers ...*redistest.Server) {
	clients := make([]*goredis.Client, len(servers))
	for i, s := range servers {
		clients[i] = s.Client()
	}
	storetest.RunPortable(t, func(t *testing.T) (storetest.Portable, storetest.Portable) {
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

// exported returns what an export of the project brings, sorted by key.
func exported(t *testing.T, s kv.Portable, p kv.ProjectID) (all []kv.Record) {
	t.Helper()
	err := s.Export(t.Context(), p, func(records []kv.Record) error { all = append(all, records...); return nil })
	if err != nil {
		t.Fatalf("Export: %v", err)
	}
	slices.SortFunc(all, func(a, b kv.Record) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return all
}

// kinds are the types of Redis beside strings.
var kinds = []string{"hash", "list", "set", "stream", "zset"}

// fillKinds stores a key of each type, and says by which commands they are read.
func fillKinds(t *testing.T, c *goredis.Client, prefix string) (reads map[string][]any) {
	t.Helper()
	for _, command := range [][]any{
		{"hset", prefix + "hash", "field", "\x00\xff", "other", "2"},
		{"rpush", prefix + "list", "a", "", "\xff"},
		{"sadd", prefix + "set", "1", "2", "three"},
		{"xadd", prefix + "stream", "5-1", "field", "value"},
		{"zadd", prefix + "zset", "1.5", "a", "-inf", "b"},
		{"pexpireat", prefix + "list", time.Now().Add(time.Hour).UnixMilli()},
	} {
		if err := c.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]any{
		"hash": {"hgetall", prefix + "hash"}, "list": {"lrange", prefix + "list", 0, -1}, "set": {"sort", prefix + "set", "alpha"},
		"stream": {"xrange", prefix + "stream", "-", "+"}, "zset": {"zrange", prefix + "zset", 0, -1, "withscores"},
	}
}

// TestOtherTypes takes a key of each type from Redis to Redis, and finds that the embedded store takes none.
func TestOtherTypes(t *testing.T) {
	t.Parallel()
	one, other := redistest.Start(t), redistest.Start(t)
	from, to := open(t, redis.Config{URL: one.URL}), open(t, redis.Config{URL: other.URL})
	c, there := one.Client(), other.Client()
	reads := fillKinds(t, c, "kv:p1:")
	records := exported(t, from, 1)
	var types []string
	for _, r := range records {
		types = append(types, r.Type)
		if r.Text != nil || string(r.Key) != r.Type || !to.Takes(r.Type) {
			t.Errorf("%s is exported with the type %s and the text %q, and taken: %v", r.Key, r.Type, r.Text, to.Takes(r.Type))
		}
	}
	if diff := cmp.Diff(types, kinds); diff != "" {
		t.Fatalf("types: (-got +want)\n%s", diff)
	}
	for _, want := range [][]int{nil, {0, 1, 2, 3, 4}} {
		if present, err := to.Import(t.Context(), records); err != nil || !slices.Equal(present, want) {
			t.Errorf("Import: %v are there, %v; want %v", present, err, want)
		}
	}
	found, err := to.Lookup(t.Context(), records)
	if err != nil || len(found) != len(records) {
		t.Fatalf("Lookup: %d records, %v", len(found), err)
	}
	found[2].Dump = records[2].Dump // the set may come in another order
	if diff := cmp.Diff(found, records); diff != "" {
		t.Errorf("Lookup: (-got +want)\n%s", diff)
	}
	for kind, read := range reads {
		got, want := there.Do(t.Context(), read...), c.Do(t.Context(), read...)
		if diff := cmp.Diff(got.Val(), want.Val()); diff != "" || got.Err() != nil {
			t.Errorf("%s: %v (-got +want)\n%s", kind, got.Err(), diff)
		}
	}
	if got, want := there.PExpireTime(t.Context(), "kv:p1:list").Val(), c.PExpireTime(t.Context(), "kv:p1:list").Val(); got != want {
		t.Errorf("the list expires at %v, want %v", got, want)
	}
	small, err := embedded.Open(t.Context(), t.TempDir()+"/data.db", embedded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	records = append(records, kv.Record{Project: 1, Key: "string", Text: []byte("1")})
	if _, err := small.Import(t.Context(), records); !errors.Is(err, kv.ErrNotSupported) || !strings.Contains(err.Error(), `"hash"`) {
		t.Errorf("Import into the embedded store: %v", err)
	}
	if all := exported(t, small, 0); len(all) != 0 {
		t.Errorf("%d keys are there of what was refused", len(all))
	}
}

// TestManyOfOtherTypes checks that hashes come in batches, and that one that is larger than a batch comes alone.
func TestManyOfOtherTypes(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	noise := func(n int) string { // what does not compress
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(i * i >> 7 * i)
		}
		return string(text)
	}
	for i := range 300 {
		if err := c.HSet(t.Context(), fmt.Sprint("kv:p1:h", i), "f", noise(50_000), "i", i).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.RPush(t.Context(), "kv:p1:long", noise(kv.RecordBytes), noise(kv.RecordBytes)).Err(); err != nil {
		t.Fatal(err)
	}
	calls, keys := 0, map[kv.Key]bool{}
	err := s.Export(t.Context(), 1, func(records []kv.Record) error {
		size := 0
		for _, r := range records {
			keys[r.Key], size = true, size+r.Size()
		}
		if calls++; len(records) > 1 && size > kv.RecordBytes {
			t.Errorf("%d records of %d bytes come at once", len(records), size)
		}
		return nil
	})
	if err != nil || len(keys) != 301 || calls < 4 || calls > 50 {
		t.Errorf("%d keys in %d batches, %v", len(keys), calls, err)
	}
}

// TestDumpsOfLaterVersions checks that what a server does not read is refused by count and type, and the rest stored.
func TestDumpsOfLaterVersions(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	fillKinds(t, c, "kv:p1:")
	records := exported(t, s, 1)
	c.FlushAll(t.Context())
	later := records[0] // the two bytes before the checksum of 8 are the version
	later.Dump = slices.Clone(later.Dump)
	later.Dump[len(later.Dump)-10], later.Dump[len(later.Dump)-9] = 0xff, 0xff
	broken := records[1]
	broken.Dump = []byte("secret")
	_, err := s.Import(t.Context(), []kv.Record{later, broken, records[2], {Project: 1, Key: "text", Text: []byte("1")}})
	if !errors.Is(err, kv.ErrNotSupported) || !strings.Contains(err.Error(), `2 keys`) ||
		!strings.Contains(err.Error(), `1 of type "hash", 1 of type "list"`) || strings.Contains(err.Error(), "secret") {
		t.Errorf("Import of what cannot be read: %v", err)
	}
	if n := c.Exists(t.Context(), "kv:p1:set", "kv:p1:text").Val(); n != 2 {
		t.Errorf("%d of the other 2 are stored", n)
	}
}

// TestPortableUsers checks which permissions an export and an import take, and what is said of one that is missing.
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
	const earlier = "~* +@all -@admin -@dangerous +info" // as containers of the time before restores have it
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
	records := exported(t, open(t, redis.Config{URL: "redis://old:secret@" + server.Addr}), 1)
	if len(records) != 2 || !records[0].ExpiresAt.IsZero() {
		t.Fatalf("Export: %+v", records)
	}
	if off := records[1].ExpiresAt.Sub(at).Abs(); off > 20*time.Millisecond {
		t.Errorf("a key that expires at %v is exported with %v", at, records[1].ExpiresAt)
	}
}

// TestExportLeavesOut checks that what is no key of a project is not exported, though its name begins as theirs do.
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

// TestParseName takes names apart as they are put together.
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
