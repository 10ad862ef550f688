// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

var idempotentTests = []test{
	{"Replayed", testIdempotentReplayed},
	{"Errors", testIdempotentErrors},
	{"NotStored", testIdempotentNotStored},
	{"OtherRequest", testIdempotentOtherRequest},
	{"Expires", testIdempotentExpires},
	{"Concurrent", testIdempotentConcurrent},
	{"OddKeys", testIdempotentOddKeys},
	{"LargeMSet", testIdempotentLarge},
	{"Refused", testIdempotentRefused},
}

// idempotentProjectTests need the store for themselves.
var idempotentProjectTests = []test{{"Projects", testIdempotentProjects}}

// identity returns an Idempotency whose fingerprint is made of request.
func identity(key, request string) *kv.Idempotency {
	id := &kv.Idempotency{Key: key, TTL: time.Hour}
	copy(id.Request[:], request)
	return id
}

// request is a call of a Changer. It returns its result as text.
type request struct {
	name string
	do   func(c *client, s kv.Changer) (string, error)
}

// requests are calls of every kind, on keys in one slot.
var requests = []request{
	{"incr", incrBy("{k}n", 5, 0)},
	{"incr with a time to live", incrBy("{k}t", -3, time.Hour)},
	{"incr of an existing key", incrBy("{k}a", 9007199254740993, time.Hour)},
	{"set", setTo("{k}s", `"s"`, kv.SetOptions{})},
	{"set nx", setTo("{k}nx", `1`, kv.SetOptions{Condition: kv.NX, TTL: time.Hour})},
	{"set nx, not met", setTo("{k}a", `1`, kv.SetOptions{Condition: kv.NX})},
	{"set xx", setTo("{k}b", `{"b":2}`, kv.SetOptions{Condition: kv.XX, KeepTTL: true})},
	{"set xx, not met", setTo("{k}none", `1`, kv.SetOptions{Condition: kv.XX})},
	{"mset", func(c *client, s kv.Changer) (string, error) {
		return "OK", s.MSet(c.ctx, c.p, []kv.Entry{
			{Key: "{k}m1", Value: kv.Value(`1`)}, {Key: "{k}m2", Value: kv.Value(`2`), TTL: time.Hour},
			{Key: "{k}m1", Value: kv.Value(`3`)},
		})
	}},
	{"del", deletes("{k}d1", "{k}none", "{k}d2", "{k}d1")},
	{"del of nothing", deletes("{k}none")},
}

func incrBy(key kv.Key, amount int64, ttl time.Duration) func(*client, kv.Changer) (string, error) {
	return func(c *client, s kv.Changer) (string, error) {
		n, err := s.Incr(c.ctx, c.p, key, amount, ttl)
		return fmt.Sprint(n), err
	}
}

func setTo(key kv.Key, value string, o kv.SetOptions) func(*client, kv.Changer) (string, error) {
	return func(c *client, s kv.Changer) (string, error) {
		met, err := s.Set(c.ctx, c.p, key, kv.Value(value), o)
		return fmt.Sprint(met), err
	}
}

func deletes(keys ...kv.Key) func(*client, kv.Changer) (string, error) {
	return func(c *client, s kv.Changer) (string, error) {
		n, err := s.Del(c.ctx, c.p, keys)
		return fmt.Sprint(n), err
	}
}

// requestKeys are all keys that the requests name.
var requestKeys = []kv.Key{"{k}n", "{k}t", "{k}a", "{k}s", "{k}nx", "{k}b", "{k}none", "{k}m1", "{k}m2", "{k}d1", "{k}d2"}

// furnish puts the keys of the requests into the state in which the requests begin.
func (c *client) furnish() {
	c.Helper()
	for _, key := range requestKeys {
		if _, err := c.store.Del(c.ctx, c.p, []kv.Key{key}); err != nil {
			c.Fatal(err)
		}
	}
	for _, key := range []kv.Key{"{k}a", "{k}b", "{k}d1", "{k}d2"} {
		c.setWith(key, `10`, kv.SetOptions{TTL: time.Hour}, true)
	}
}

// state returns all keys with their values, and whether they expire.
func (c *client) state() string {
	c.Helper()
	var text strings.Builder
	for _, key := range requestKeys {
		fmt.Fprintf(&text, "%s: %s, expires: %v\n", key, c.get(key), c.ttl(key) > 0)
	}
	return text.String()
}

// idempotent makes a call, and checks its result and whether that was replayed.
func (c *client) idempotent(r request, id *kv.Idempotency, want string, replayed bool) {
	c.Helper()
	got, err := r.do(c, c.store.Idempotent(id))
	if err != nil || got != want || id.Replayed != replayed {
		c.Errorf("%s = %s, %v, replayed: %v; want %s, replayed: %v", r.name, got, err, id.Replayed, want, replayed)
	}
}

// testIdempotentReplayed checks that a first call does the same as a call without an id, and that a repeated one does
// nothing and returns the outcome of the first, whatever happened since.
func testIdempotentReplayed(c *client) {
	for i, r := range requests {
		c.furnish()
		want, err := r.do(c, c.store)
		if err != nil {
			c.Fatal(r.name, err)
		}
		effect := c.state()
		c.furnish()
		name := fmt.Sprint("request ", i)
		c.idempotent(r, identity(name, r.name), want, false)
		if got := c.state(); got != effect {
			c.Errorf("%s leaves with an id\n%s, without\n%s", r.name, got, effect)
		}
		c.furnish()
		before := c.state()
		for range 2 {
			c.idempotent(r, identity(name, r.name), want, true)
		}
		if got := c.state(); got != before {
			c.Errorf("%s changes when it is repeated\n%s, to\n%s", r.name, before, got)
		}
	}
	// The stored outcomes are not seen.
	c.wantDel(4, requestKeys...) // those of furnish
	c.wantKeys("")
	c.wantKeys("*")
}

// testIdempotentErrors checks that an error is stored as an outcome: it stays when its cause is gone.
func testIdempotentErrors(c *client) {
	for name, tt := range map[string]struct {
		stored string
		want   error
	}{"text": {`"text"`, kv.ErrNotInteger}, "max": {`9223372036854775807`, kv.ErrOverflow}} {
		for _, ttl := range []time.Duration{0, time.Hour} {
			id := fmt.Sprint(name, ttl)
			for i := range 3 {
				c.set("k", tt.stored)
				if i == 2 {
					c.set("k", `1`)
				}
				repeat := identity(id, "r")
				_, err := c.store.Idempotent(repeat).Incr(c.ctx, c.p, "k", 1, ttl)
				c.wantErr(fmt.Sprint("Incr on ", name), err, tt.want)
				if repeat.Replayed != (i > 0) {
					c.Errorf("%s, call %d: replayed: %v", name, i, repeat.Replayed)
				}
			}
			c.wantValue("k", `1`)
		}
	}
}

// testIdempotentNotStored checks that a call that was not made may be made later.
func testIdempotentNotStored(c *client) {
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	ended := *c
	ended.ctx = ctx
	r := request{"incr", incrBy("k", 1, 0)}
	_, err := r.do(&ended, c.store.Idempotent(identity("i", "r")))
	c.wantErr("Incr, cancelled", err, kv.ErrTimeout)
	c.idempotent(r, identity("i", "r"), "1", false)
}

// testIdempotentOtherRequest checks that another request under the same id fails, whatever slot its keys are in.
func testIdempotentOtherRequest(c *client) {
	c.idempotent(request{"incr", incrBy("k", 1, 0)}, identity("i", "one"), "1", false)
	for i, r := range append(requests, request{"incr", incrBy("k", 2, 0)}, request{"incr", incrBy("elsewhere", 1, 0)}) {
		c.furnish()
		before := c.state()
		_, err := r.do(c, c.store.Idempotent(identity("i", fmt.Sprint("other ", i))))
		c.wantErr(r.name, err, kv.ErrOtherRequest)
		if got := c.state(); got != before {
			c.Errorf("%s changes, although it fails,\n%s, to\n%s", r.name, before, got)
		}
	}
	c.wantMGet([]kv.Key{"k", "elsewhere"}, `1`, missing)
	c.idempotent(request{"incr", incrBy("k", 1, 0)}, identity("i", "one"), "1", true)
}

// testIdempotentRefused checks that a call with a Refusal replays an outcome, and without one changes nothing and stores
// nothing.
func testIdempotentRefused(c *client) {
	refusal := kv.Refuse(kv.ErrQuotaExceeded, "the project is full")
	refused := func(key, request string) *kv.Idempotency {
		id := identity(key, request)
		id.Refusal = refusal
		return id
	}
	for i, r := range requests {
		name := fmt.Sprint("request ", i)
		c.furnish()
		before := c.state()
		_, err := r.do(c, c.store.Idempotent(refused(name, r.name)))
		c.wantErr(r.name, err, refusal)
		if got := c.state(); got != before {
			c.Errorf("%s changes, although it is refused,\n%s, to\n%s", r.name, before, got)
		}
		want, err := r.do(c, c.store.Idempotent(identity(name, r.name)))
		if err != nil {
			c.Fatal(r.name, err)
		}
		c.idempotent(r, refused(name, r.name), want, true)
		_, err = r.do(c, c.store.Idempotent(refused(name, "other")))
		c.wantErr(r.name, err, kv.ErrOtherRequest)
	}
	c.furnish()
}

// testIdempotentExpires checks that a call takes effect again when its outcome has expired.
func testIdempotentExpires(c *client) {
	short := func(request string) *kv.Idempotency {
		id := identity("i", request)
		id.TTL = time.Millisecond
		return id
	}
	for want := int64(1); want <= 3; want++ {
		c.eventually("the outcome to expire", func() bool {
			id := short(fmt.Sprint(want))
			n, err := c.store.Idempotent(id).Incr(c.ctx, c.p, "k", 1, 0)
			return err == nil && n == want && !id.Replayed
		})
	}
}

// testIdempotentConcurrent makes the same call many times at once: one takes effect, and all return its outcome.
func testIdempotentConcurrent(c *client) {
	for i, r := range requests {
		c.furnish()
		want, err := r.do(c, c.store)
		if err != nil {
			c.Fatal(r.name, err)
		}
		effect := c.state()
		c.furnish()
		var calls sync.WaitGroup
		var firsts atomic.Int64
		for range 50 {
			calls.Go(func() {
				id := identity(fmt.Sprint("request ", i), r.name)
				got, err := r.do(c, c.store.Idempotent(id))
				if err != nil || got != want {
					c.Errorf("%s = %s, %v, want %s", r.name, got, err, want)
				}
				if !id.Replayed {
					firsts.Add(1)
				}
			})
		}
		calls.Wait()
		if n := firsts.Load(); n != 1 {
			c.Errorf("%s: %d calls were the first", r.name, n)
		}
		if got := c.state(); got != effect {
			c.Errorf("%s leaves\n%s, after one call\n%s", r.name, got, effect)
		}
	}
}

// testIdempotentOddKeys uses keys and names of requests that could be mistaken for something else.
func testIdempotentOddKeys(c *client) {
	odd := []string{"a", "}", "{", "{}", "{}a", "a}b", "{a}b", "a{b", "{{a}}", "*", ":", "!", "!:a", "{1}:a", " ", `"a"`,
		"kv:p1:a", strings.Repeat("x", kv.MaxIdempotencyKey)}
	for i, key := range odd {
		for j, name := range odd {
			want := fmt.Sprint(j + 1)
			r := request{fmt.Sprintf("%q of %.20q", name, key), incrBy(kv.Key(key), 1, 0)}
			name = fmt.Sprintf("%02d%s", i, name)
			name = name[:min(len(name), kv.MaxIdempotencyKey)]
			c.idempotent(r, identity(name, r.name), want, false)
			c.idempotent(r, identity(name, r.name), want, true)
		}
	}
	if keys := c.scan("", 100); len(keys) != len(odd) {
		c.Errorf("a scan shows %d keys, want %d: %q", len(keys), len(odd), keys)
	}
}

// testIdempotentLarge stores many keys and many bytes.
func testIdempotentLarge(c *client) {
	entries := make([]kv.Entry, 1000)
	for i := range entries {
		entries[i] = kv.Entry{Key: kv.Key(fmt.Sprint("{k}", i)), Value: kv.Value(largeText(4 << 10)), TTL: time.Hour}
	}
	for i := range 2 {
		id := identity("m", "r")
		if err := c.store.Idempotent(id).MSet(c.ctx, c.p, entries); err != nil || id.Replayed != (i > 0) {
			c.Errorf("MSet: %v, replayed: %v", err, id.Replayed)
		}
	}
	keys := make([]kv.Key, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	c.wantValue("{k}999", largeText(4<<10))
	c.idempotent(request{"del", deletes(keys...)}, identity("d", "r"), "1000", false)
	c.idempotent(request{"del", deletes(keys...)}, identity("d", "r"), "1000", true)
}

// testIdempotentProjects checks that projects do not share outcomes, and that those of a deleted project are gone.
func testIdempotentProjects(c *client) {
	r := request{"incr", incrBy("k", 1, 0)}
	for _, p := range alike {
		c.in(p).idempotent(r, identity("i", "r"), "1", false)
	}
	c.wantIDs(alike...)
	c.in(1).wantDel(1, "k")
	c.wantIDs(alike[1:]...) // outcomes are not keys
	c.in(1).idempotent(r, identity("i", "r"), "1", true)
	if err := c.store.DeleteProject(c.ctx, 1); err != nil {
		c.Fatal(err)
	}
	c.in(1).idempotent(r, identity("i", "r"), "1", false)
	for _, p := range alike[1:] {
		c.in(p).idempotent(r, identity("i", "r"), "1", true)
	}
}
