// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// expiredTests check that no operation sees an expired key, whether or not it has been swept.
var expiredTests = []test{
	{"Get", expired(func(c *client) { c.wantValue("k", missing) })},
	{"MGet", expired(func(c *client) { c.wantMGet([]kv.Key{"k", "k"}, missing, missing) })},
	{"Exists", expired(func(c *client) { c.wantExists(0, "k", "k") })},
	{"Describe", expired(func(c *client) { c.wantDescribed([]kv.Key{"k"}, kv.NoSuchKey()) })},
	{"TTL", expired(func(c *client) { c.wantTTL("k", kv.NoKey) })},
	{"Del", expired(func(c *client) { c.wantDel(0, "k") })},
	{"Expire", expired(func(c *client) { c.wantExpire("k", time.Hour, false); c.wantValue("k", missing) })},
	{"ExpireAgain", expired(func(c *client) { c.wantExpire("k", 0, false) })},
	{"Persist", expired(func(c *client) { c.wantPersist("k", false); c.wantValue("k", missing) })},
	{"SetNX", expired(func(c *client) {
		c.setWith("k", `2`, kv.SetOptions{Condition: kv.NX}, true)
		c.wantTTL("k", kv.NoExpiry)
	})},
	{"SetXX", expired(func(c *client) {
		c.setWith("k", `2`, kv.SetOptions{Condition: kv.XX}, false)
		c.wantValue("k", missing)
	})},
	{"SetKeepTTL", expired(func(c *client) {
		c.setWith("k", `2`, kv.SetOptions{KeepTTL: true}, true)
		c.wantTTL("k", kv.NoExpiry)
	})},
	{"MSet", expired(func(c *client) { c.mset(kv.Entry{Key: "k", Value: kv.Value(`2`)}); c.wantTTL("k", kv.NoExpiry) })},
	{"Incr", expired(func(c *client) { c.wantIncr("k", 1, 0, 1); c.wantTTL("k", kv.NoExpiry) })},
	{"IncrTTL", expired(func(c *client) {
		start := time.Now()
		c.wantIncr("k", 1, time.Hour, 1)
		c.wantTTLSince("k", time.Hour, start)
	})},
	{"Scan", expired(func(c *client) { c.wantKeys("") })},
}

// expired makes a test of what the first operation on an expired key k does.
func expired(then func(c *client)) func(c *client) {
	return func(c *client) {
		c.setWith("k", `1`, kv.SetOptions{TTL: time.Millisecond}, true)
		<-time.After(5 * time.Millisecond)
		then(c)
	}
}
