// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"math"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

var incrTests = []test{
	{"Sums", testIncrSums},
	{"Refuses", testIncrRefuses},
	{"TTL", testIncrTTL},
	{"Large", testIncrLarge},
}

func testIncrSums(c *client) {
	c.wantIncr("k", 1, 0, 1)
	c.wantIncr("k", 41, 0, 42)
	c.wantIncr("k", -50, 0, -8)
	c.wantIncr("k", 8, 0, 0)
	c.wantValue("k", `0`)
	c.wantIncr("zero", 0, 0, 0)
	c.wantValue("zero", `0`)
	c.wantTTL("zero", kv.NoExpiry)
	c.set("set", `10`)
	c.wantIncr("set", 5, 0, 15)
	c.wantIncr("min", math.MinInt64, 0, math.MinInt64)
	c.wantIncr("min", math.MaxInt64, 0, -1)
	c.wantIncr("max", math.MaxInt64, 0, math.MaxInt64)
	c.wantIncr("max", math.MinInt64, 0, -1)
	c.wantIncr("\x00", -1, 0, -1)
}

// testIncrRefuses checks what INCRBY refuses, with and without a time to live, and that it changes nothing then.
func testIncrRefuses(c *client) {
	for _, tt := range []struct {
		stored string
		amount int64
		want   error
	}{
		{`1.0`, 1, kv.ErrNotInteger},
		{`1E5`, 1, kv.ErrNotInteger},
		{`-0`, 1, kv.ErrNotInteger},
		{`"5"`, 1, kv.ErrNotInteger},
		{`null`, 1, kv.ErrNotInteger},
		{`true`, 0, kv.ErrNotInteger},
		{`""`, 1, kv.ErrNotInteger},
		{`[]`, 1, kv.ErrNotInteger},
		{`{"a":1}`, 1, kv.ErrNotInteger},
		{`9223372036854775808`, 0, kv.ErrNotInteger},
		{`9223372036854775808`, -1, kv.ErrNotInteger},
		{`-9223372036854775809`, 1, kv.ErrNotInteger},
		{`100000000000000000000000000000`, 1, kv.ErrNotInteger},
		{`9223372036854775807`, 1, kv.ErrOverflow},
		{`1`, math.MaxInt64, kv.ErrOverflow},
		{`-9223372036854775808`, -1, kv.ErrOverflow},
		{`-1`, math.MinInt64, kv.ErrOverflow},
	} {
		for _, ttl := range []time.Duration{0, time.Hour} {
			start := time.Now()
			c.setWith("k", tt.stored, kv.SetOptions{TTL: 2 * time.Hour}, true)
			_, err := c.store.Incr(c.ctx, c.p, "k", tt.amount, ttl)
			c.wantErr("Incr on "+tt.stored, err, tt.want)
			c.wantValue("k", tt.stored)
			c.wantTTLSince("k", 2*time.Hour, start)
		}
	}
}

func testIncrTTL(c *client) {
	start := time.Now()
	c.wantIncr("k", 5, time.Hour, 5)
	c.wantTTLSince("k", time.Hour, start)
	c.wantIncr("k", 5, 3*time.Hour, 10) // only if the call creates the key
	c.wantIncr("k", 5, 0, 15)
	c.wantTTLSince("k", time.Hour, start)
	c.wantPersist("k", true)
	c.wantIncr("k", 1, time.Hour, 16)
	c.wantTTL("k", kv.NoExpiry)
	c.wantDel(1, "k")
	start = time.Now()
	c.wantIncr("k", -7, 1500*time.Millisecond, -7)
	c.wantTTLSince("k", 1500*time.Millisecond, start)
	c.wantIncr("zero", 0, time.Hour, 0)
	c.wantTTLSince("zero", time.Hour, start)
}

// testIncrLarge uses sums that a float64 cannot hold.
func testIncrLarge(c *client) {
	for _, ttl := range []time.Duration{0, time.Hour} {
		c.set("k", `9007199254740993`)
		c.wantIncr("k", 2, ttl, 9007199254740995)
		c.set("k", `9223372036854775806`)
		c.wantIncr("k", 1, ttl, math.MaxInt64)
		c.set("k", `-9223372036854775807`)
		c.wantIncr("k", -1, ttl, math.MinInt64)
		c.wantDel(1, "k")
		c.wantIncr("k", math.MaxInt64-1, ttl, math.MaxInt64-1)
		c.wantDel(1, "k")
		c.wantIncr("k", math.MinInt64, ttl, math.MinInt64)
		c.wantIncr("k", math.MaxInt64, ttl, -1)
	}
}
