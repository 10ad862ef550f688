// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

var expireTests = []test{
	{"Expire", testExpire},
	{"Deletes", testExpireDeletes},
	{"Persist", testPersist},
	{"TTL", testTTL},
	{"NotEarly", testNotEarly},
}

func testExpire(c *client) {
	c.wantExpire("none", time.Hour, false)
	c.wantExists(0, "none")
	c.set("k", `1`)
	start := time.Now()
	c.wantExpire("k", time.Hour, true)
	c.wantTTLSince("k", time.Hour, start)
	c.wantExpire("k", 1234*time.Second+567*time.Millisecond, true)
	c.wantTTLSince("k", 1234*time.Second+567*time.Millisecond, start)
	c.wantValue("k", `1`)
}

// testExpireDeletes checks that a time that is over deletes the key, as PEXPIRE does.
func testExpireDeletes(c *client) {
	for _, d := range []time.Duration{0, -time.Millisecond, -time.Hour, -1e9 * time.Second} {
		c.wantExpire("k", d, false)
		c.set("k", `1`)
		c.wantExpire("k", d, true)
		c.wantValue("k", missing)
		c.wantTTL("k", kv.NoKey)
		c.wantExpire("k", d, false)
	}
}

func testPersist(c *client) {
	c.wantPersist("k", false)
	c.set("k", `1`)
	c.wantPersist("k", false)
	c.wantExpire("k", time.Hour, true)
	c.wantPersist("k", true)
	c.wantTTL("k", kv.NoExpiry)
	c.wantPersist("k", false)
	c.wantValue("k", `1`)
}

func testTTL(c *client) {
	c.wantTTL("k", kv.NoKey)
	c.set("k", `1`)
	c.wantTTL("k", kv.NoExpiry)
	start := time.Now()
	for _, d := range []time.Duration{time.Hour, 90 * time.Second, 61001 * time.Millisecond} {
		c.wantExpire("k", d, true)
		c.wantTTLSince("k", d, start)
	}
	c.wantDel(1, "k")
	c.wantTTL("k", kv.NoKey)
}

// testNotEarly checks that a key exists for its time to live, and no longer.
func testNotEarly(c *client) {
	for _, d := range []time.Duration{time.Millisecond, 30 * time.Millisecond, 250 * time.Millisecond} {
		start := time.Now()
		c.setWith("k", `1`, kv.SetOptions{TTL: d}, true)
		c.eventually("the key to expire", func() bool { return c.get("k") == missing })
		// Redis's clock counts whole milliseconds, so what is left of the first one may be missing.
		if lived := time.Since(start); lived < d-time.Millisecond {
			c.Errorf("a key set for %v was gone after %v", d, lived)
		}
	}
}
