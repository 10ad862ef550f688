// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

var batchTests = []test{
	{"MGet", testMGet},
	{"MGetTooLarge", testMGetTooLarge},
	{"MSet", testMSet},
	{"MSetTTL", testMSetTTL},
	{"Del", testDel},
	{"Exists", testExists},
	{"Thousand", testThousand},
	{"LargeMSet", testLargeMSet},
}

func testMGet(c *client) {
	c.set("a", `1`)
	c.set("null", `null`)
	c.wantMGet([]kv.Key{"a"}, `1`)
	c.wantMGet([]kv.Key{"none"}, missing)
	c.wantMGet([]kv.Key{"null", "a", "none", "a", "null"}, `null`, `1`, missing, `1`, `null`)
}

// testMGetTooLarge checks that values beyond the answer limit are refused together and returned one by one.
func testMGetTooLarge(c *client) {
	text := largeText(kv.DefaultMaxValue)
	c.set("a", text)
	c.set("b", text)
	_, err := c.store.MGet(c.ctx, c.p, []kv.Key{"a", "b"})
	c.wantErr("MGet of 20 MiB", err, kv.ErrTooLarge)
	_, err = c.store.MGet(c.ctx, c.p, []kv.Key{"a", "a"})
	c.wantErr("MGet of one key twice", err, kv.ErrTooLarge)
	many := make([]kv.Key, 1000)
	for i := range many {
		many[i] = "a"
	}
	_, err = c.store.MGet(c.ctx, c.p, many)
	c.wantErr("MGet of 10 GiB", err, kv.ErrTooLarge)
	c.wantMGet([]kv.Key{"a"}, text)
	c.wantDel(2, "a", "b")
}

func testMSet(c *client) {
	c.mset(kv.Entry{Key: "a", Value: kv.Value(`1`)})
	c.wantValue("a", `1`)
	c.mset(
		kv.Entry{Key: "a", Value: kv.Value(`2`)},
		kv.Entry{Key: "b", Value: kv.Value(`3`)},
		kv.Entry{Key: "a", Value: kv.Value(`4`)},
	)
	c.wantMGet([]kv.Key{"a", "b"}, `4`, `3`) // the last of a key wins
	c.wantExpire("a", time.Hour, true)
	c.mset(kv.Entry{Key: "a", Value: kv.Value(`5`)})
	c.wantTTL("a", kv.NoExpiry) // as SET, it removes the time to live
}

func testMSetTTL(c *client) {
	start := time.Now()
	c.mset(
		kv.Entry{Key: "a", Value: kv.Value(`1`), TTL: time.Hour},
		kv.Entry{Key: "b", Value: kv.Value(`2`)},
		kv.Entry{Key: "c", Value: kv.Value(`"3"`), TTL: 90500 * time.Millisecond},
		kv.Entry{Key: "twice", Value: kv.Value(`1`), TTL: time.Hour},
		kv.Entry{Key: "twice", Value: kv.Value(`2`)},
		kv.Entry{Key: "other", Value: kv.Value(`1`)},
		kv.Entry{Key: "other", Value: kv.Value(`2`), TTL: time.Minute},
	)
	c.wantMGet([]kv.Key{"a", "b", "c", "twice", "other"}, `1`, `2`, `"3"`, `2`, `2`)
	c.wantTTLSince("a", time.Hour, start)
	c.wantTTL("b", kv.NoExpiry)
	c.wantTTLSince("c", 90500*time.Millisecond, start)
	c.wantTTL("twice", kv.NoExpiry)
	c.wantTTLSince("other", time.Minute, start)
	c.mset(kv.Entry{Key: "a", Value: kv.Value(`9`)}, kv.Entry{Key: "b", Value: kv.Value(`9`), TTL: time.Millisecond})
	c.wantTTL("a", kv.NoExpiry)
	c.eventually("b to expire", func() bool { return c.get("b") == missing })
}

func testDel(c *client) {
	c.wantDel(0, "none")
	c.set("a", `1`)
	c.set("b", `null`)
	c.wantDel(2, "a", "none", "b", "a", "none")
	c.wantDel(0, "a", "b")
	c.wantMGet([]kv.Key{"a", "b"}, missing, missing)
}

func testExists(c *client) {
	c.wantExists(0, "none")
	c.set("a", `1`)
	c.set("b", `null`)
	c.wantExists(1, "a")
	c.wantExists(5, "a", "b", "none", "a", "a", "b")
}

// testThousand uses as many keys as a request may hold, spread over every slot that a cluster may have.
func testThousand(c *client) {
	keys := make([]kv.Key, 1000)
	entries := make([]kv.Entry, len(keys))
	want := make([]string, len(keys))
	for i := range keys {
		keys[i], want[i] = kv.Key(fmt.Sprintf("key %d", i)), fmt.Sprintf(`"value %d"`, i)
		entries[i] = kv.Entry{Key: keys[i], Value: kv.Value(want[i])}
	}
	for _, ttl := range []time.Duration{0, time.Hour} {
		start := time.Now()
		for i := range entries {
			entries[i].TTL = ttl
		}
		c.mset(entries...)
		if ttl > 0 {
			c.wantTTLSince(keys[500], ttl, start)
		}
		c.wantMGet(keys, want...)
		c.wantExists(1000, keys...)
		c.wantDel(1000, keys...)
		c.wantExists(0, keys...)
	}
}

// testLargeMSet stores more in one call than one answer may hold.
func testLargeMSet(c *client) {
	text := largeText(4 << 20)
	c.mset(
		kv.Entry{Key: "a", Value: kv.Value(text)}, kv.Entry{Key: "b", Value: kv.Value(text), TTL: time.Hour},
		kv.Entry{Key: "c", Value: kv.Value(text)}, kv.Entry{Key: "d", Value: kv.Value(`1`)},
	)
	for _, key := range []kv.Key{"a", "b", "c"} {
		c.wantValue(key, text)
	}
	c.wantDel(4, "a", "b", "c", "d")
}
