// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

var setTests = []test{
	{"Replaces", func(c *client) { c.set("k", `1`); c.set("k", `"two"`); c.wantValue("k", `"two"`) }},
	{"NX", testSetNX},
	{"XX", testSetXX},
	{"TTL", testSetTTL},
	{"KeepTTL", testSetKeepTTL},
	{"LongTTL", testSetLongTTL},
}

func testSetNX(c *client) {
	start := time.Now()
	c.setWith("k", `1`, kv.SetOptions{Condition: kv.NX, TTL: time.Hour}, true)
	c.setWith("k", `2`, kv.SetOptions{Condition: kv.NX}, false)
	c.setWith("k", `3`, kv.SetOptions{Condition: kv.NX, TTL: 3 * time.Hour}, false)
	c.wantValue("k", `1`)
	c.wantTTLSince("k", time.Hour, start)
	c.setWith("null", `null`, kv.SetOptions{}, true)
	c.setWith("null", `1`, kv.SetOptions{Condition: kv.NX}, false) // null is a value
	c.wantDel(1, "k")
	c.setWith("k", `4`, kv.SetOptions{Condition: kv.NX}, true)
	c.wantTTL("k", kv.NoExpiry)
}

func testSetXX(c *client) {
	c.setWith("k", `1`, kv.SetOptions{Condition: kv.XX}, false)
	c.wantValue("k", missing)
	c.set("k", `2`)
	start := time.Now()
	c.setWith("k", `3`, kv.SetOptions{Condition: kv.XX, TTL: time.Hour}, true)
	c.wantValue("k", `3`)
	c.wantTTLSince("k", time.Hour, start)
	c.setWith("k", `4`, kv.SetOptions{Condition: kv.XX, KeepTTL: true}, true)
	c.wantTTLSince("k", time.Hour, start)
	c.setWith("k", `5`, kv.SetOptions{Condition: kv.XX}, true)
	c.wantTTL("k", kv.NoExpiry)
}

func testSetTTL(c *client) {
	start := time.Now()
	c.setWith("k", `1`, kv.SetOptions{TTL: 100 * time.Second}, true)
	c.wantTTLSince("k", 100*time.Second, start)
	c.setWith("k", `1`, kv.SetOptions{TTL: 12345678 * time.Millisecond}, true)
	c.wantTTLSince("k", 12345678*time.Millisecond, start)
	c.set("k", `2`)
	c.wantTTL("k", kv.NoExpiry)
}

func testSetKeepTTL(c *client) {
	c.setWith("none", `1`, kv.SetOptions{KeepTTL: true}, true)
	c.wantTTL("none", kv.NoExpiry)
	c.setWith("none", `2`, kv.SetOptions{KeepTTL: true}, true)
	c.wantTTL("none", kv.NoExpiry)
	start := time.Now()
	c.setWith("k", `1`, kv.SetOptions{TTL: time.Hour}, true)
	c.setWith("k", `2`, kv.SetOptions{KeepTTL: true}, true)
	c.wantValue("k", `2`)
	c.wantTTLSince("k", time.Hour, start)
	c.setWith("k", `3`, kv.SetOptions{KeepTTL: true, Condition: kv.NX}, false)
	c.wantTTLSince("k", time.Hour, start)
}

// testSetLongTTL uses the longest times that the wire contract allows: 10^9 s and 10^12 ms.
func testSetLongTTL(c *client) {
	start := time.Now()
	c.setWith("ex", `1`, kv.SetOptions{TTL: 1e9 * time.Second}, true)
	c.wantTTLSince("ex", 1e9*time.Second, start)
	c.setWith("px", `1`, kv.SetOptions{TTL: 1e12 * time.Millisecond}, true)
	c.wantTTLSince("px", 1e12*time.Millisecond, start)
	c.wantExpire("px", 1e9*time.Second, true)
	c.wantTTLSince("px", 1e9*time.Second, start)
}
