// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// modelled is a key of the model, which is the simplest implementation of a store.
type modelled struct {
	value   string
	expires time.Time // the zero time: never
}

type model struct {
	*testing.T
	store *embedded.Store
	clock *clock
	rand  *rand.Rand
	keys  map[kv.Key]modelled
}

// TestModel does the same random operations on a store and on a map, and checks that both have the same content, and that
// there is nothing else in the file.
func TestModel(t *testing.T) {
	t.Parallel()
	for name, memory := range map[string]int64{"without a cache": 0, "with a small cache": 4000, "with a large cache": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runModel(t, embedded.Config{CacheMemory: memory})
		})
	}
}

func runModel(t *testing.T, config embedded.Config) {
	dir, c := t.TempDir(), newClock()
	config.Now = c.now
	m := &model{T: t, clock: c, rand: rand.New(rand.NewPCG(3, 4)), keys: map[kv.Key]modelled{}, store: open(t, dir, config)}
	for range 2000 {
		m.step()
		m.get(m.anyKey())
	}
	m.compare()
	c.advance(time.Hour) // after that all keys with a time to live have expired
	m.compare()
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	m.inspect(filepath.Join(dir, "data.db"))
}

// live returns the key as it is now.
func (m *model) live(key kv.Key) (modelled, bool) {
	k, ok := m.keys[key]
	if ok && !k.expires.IsZero() && m.clock.now().After(k.expires) {
		delete(m.keys, key)
		return modelled{}, false
	}
	return k, ok
}

// anyKey returns one of a few short and long keys, some of which have the same beginning.
func (m *model) anyKey() kv.Key {
	key := kv.Key(fmt.Sprint("key", m.rand.IntN(12)))
	return kv.Key(strings.Repeat("x", []int{0, 60, 87, 88, 89, 1000}[m.rand.IntN(6)])) + key
}

func (m *model) anyTTL() time.Duration {
	return time.Duration(m.rand.IntN(3)*m.rand.IntN(200)) * time.Millisecond
}

func (m *model) at(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return m.clock.now().Add(d)
}

// step does one operation.
func (m *model) step() {
	key := m.anyKey()
	old, there := m.live(key)
	ctx := m.Context()
	switch m.rand.IntN(7) {
	case 0, 1:
		m.set(key, old, there)
	case 2:
		v := m.anyValue()
		ttl := m.anyTTL()
		other := m.anyKey()
		entries := []kv.Entry{{Key: key, Value: kv.Value("0")}, {Key: other, Value: kv.Value(v), TTL: ttl}}
		m.check("MSet", m.store.MSet(ctx, 1, entries), nil, nil)
		m.keys[key] = modelled{value: "0"}
		m.keys[other] = modelled{v, m.at(ttl)}
	case 3:
		n, err := m.store.Del(ctx, 1, []kv.Key{key, key})
		m.check("Del", err, n == 1, there)
		delete(m.keys, key)
	case 4:
		m.incr(key, old, there)
	case 5:
		ttl := m.anyTTL()
		ok, err := m.store.Expire(ctx, 1, key, ttl)
		m.check("Expire", err, ok, there)
		if there {
			m.keys[key] = modelled{old.value, m.at(ttl)}
		}
		if ttl == 0 {
			delete(m.keys, key)
		}
	case 6:
		ok, err := m.store.Persist(ctx, 1, key)
		m.check("Persist", err, ok, there && !old.expires.IsZero())
		if there {
			m.keys[key] = modelled{value: old.value}
		}
	}
	m.clock.advance(time.Duration(m.rand.IntN(10)) * time.Millisecond)
}

// anyValue returns a value of a size well below, at, just above or far above the limit for storing it next to its key.
func (m *model) anyValue() string { return string(valueOf([]int{2, 256, 257, 9000}[m.rand.IntN(4)])) }

func (m *model) set(key kv.Key, old modelled, there bool) {
	v := m.anyValue()
	o := kv.SetOptions{Condition: kv.Condition(m.rand.IntN(3)), KeepTTL: m.rand.IntN(2) == 0}
	if !o.KeepTTL {
		o.TTL = m.anyTTL()
	}
	met := o.Condition == kv.Always || (o.Condition == kv.XX) == there
	ok, err := m.store.Set(m.Context(), 1, key, kv.Value(v), o)
	m.check("Set", err, ok, met)
	switch {
	case met && o.KeepTTL:
		m.keys[key] = modelled{v, old.expires}
	case met:
		m.keys[key] = modelled{v, m.at(o.TTL)}
	}
}

func (m *model) incr(key kv.Key, old modelled, there bool) {
	ttl := m.anyTTL()
	n, err := m.store.Incr(m.Context(), 1, key, 5, ttl)
	was, notInteger := strconv.ParseInt(old.value, 10, 64)
	switch {
	case !there:
		m.check("Incr", err, n, int64(5))
		m.keys[key] = modelled{"5", m.at(ttl)}
	case notInteger == nil:
		m.check("Incr", err, n, was+5)
		m.keys[key] = modelled{fmt.Sprint(n), old.expires}
	case err == nil:
		m.Errorf("Incr of %.20s: no error", old.value)
	}
}

func (m *model) get(key kv.Key) {
	want, _ := m.live(key)
	v, err := m.store.Get(m.Context(), 1, key)
	m.check("Get", err, string(v), want.value)
}

func (m *model) check(op string, err error, got, want any) {
	m.Helper()
	if err != nil || got != want {
		m.Fatalf("%s: %v, %v, want %v", op, got, err, want)
	}
}

// compare checks that the store has the keys of the model, with their values and times to live, and no others.
func (m *model) compare() {
	m.Helper()
	for key := range maps.Clone(m.keys) {
		m.live(key)
	}
	got := map[kv.Key]modelled{}
	cursor := kv.Cursor("")
	for first := true; first || cursor != ""; first = false {
		page, err := m.store.Scan(m.Context(), 1, "", cursor, 5)
		if err != nil {
			m.Fatal(err)
		}
		for _, key := range page.Keys {
			v, err := m.store.Get(m.Context(), 1, key)
			d, ttlErr := m.store.TTL(m.Context(), 1, key)
			if err != nil || ttlErr != nil {
				m.Fatal(err, ttlErr)
			}
			got[key] = modelled{value: string(v)}
			if d >= 0 {
				got[key] = modelled{string(v), m.clock.now().Add(d)}
			}
		}
		cursor = page.Cursor
	}
	if diff := cmp.Diff(got, m.keys, cmp.AllowUnexported(modelled{})); diff != "" {
		m.Errorf("(-got +want)\n%s", diff)
	}
}

// inspect checks the file: usage counts what is stored, and no large value is left behind or lost.
func (m *model) inspect(path string) {
	m.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		m.Fatal(err)
	}
	defer db.Close()
	var got []int64
	for _, query := range []string{
		"SELECT count(*) FROM large WHERE id NOT IN (SELECT large FROM keys WHERE large IS NOT NULL)",
		"SELECT count(*) FROM keys LEFT JOIN large ON id = large WHERE (keys.value IS NULL) = (large.value IS NULL)",
		"SELECT sum(bytes) - (SELECT sum(size) FROM keys) FROM usage",
		`SELECT sum(size - 64 - length(coalesce(key, name)) - length(coalesce(keys.value, large.value)))
			FROM keys LEFT JOIN large ON id = large`,
	} {
		var n int64
		if err := db.QueryRowContext(m.Context(), query).Scan(&n); err != nil {
			m.Fatalf("%s: %v", query, err)
		}
		got = append(got, n)
	}
	if !slices.Equal(got, []int64{0, 0, 0, 0}) {
		m.Errorf("%d orphans, %d rows without a value, usage off by %d, sizes off by %d", got[0], got[1], got[2], got[3])
	}
}
