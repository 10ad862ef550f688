// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
)

var describeTests = []test{
	{"Types", testDescribeTypes},
	{"Large", testDescribeLarge},
	{"TTL", testDescribeTTL},
	{"Many", testDescribeMany},
	{"OtherProjects", testDescribeOtherProjects},
}

// wantDescribed checks what keys hold.
func (c *client) wantDescribed(keys []kv.Key, want ...kv.Description) {
	c.Helper()
	got, err := c.store.Describe(c.ctx, c.p, keys)
	if err != nil {
		c.Fatalf("Describe(%d keys): %v", len(keys), err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		c.Errorf("Describe: (-got +want)\n%.2000s", diff)
	}
}

// described is what a key holds that does not expire.
func described(kind string, size int64) kv.Description {
	return kv.Description{Type: kind, Size: size, TTL: kv.NoExpiry}
}

func testDescribeTypes(c *client) {
	c.mset(kv.Entry{Key: "o", Value: kv.Value(`{"a":1}`)}, kv.Entry{Key: "a", Value: kv.Value(`[]`)},
		kv.Entry{Key: "s", Value: kv.Value(`"€"`)}, kv.Entry{Key: "n", Value: kv.Value(`-1.50`)},
		kv.Entry{Key: "t", Value: kv.Value(`true`)}, kv.Entry{Key: "z", Value: kv.Value(`null`)})
	c.wantDescribed([]kv.Key{"o", "none", "a", "s", "n", "t", "z", "o"},
		described("object", 7), kv.NoSuchKey(), described("array", 2), described("string", 5), described("number", 5),
		described("boolean", 4), described("null", 4), described("object", 7))
}

func testDescribeLarge(c *client) {
	for _, n := range []int{kv.BeginningBytes, kv.BeginningBytes + 1, 300, kv.DefaultMaxValue} {
		c.set("k", largeText(n))
		c.wantDescribed([]kv.Key{"k"}, described("string", int64(n)))
	}
	c.wantDel(1, "k")
}

func testDescribeTTL(c *client) {
	start := time.Now()
	c.setWith("k", `1`, kv.SetOptions{TTL: time.Hour}, true)
	got, err := c.store.Describe(c.ctx, c.p, []kv.Key{"k"})
	if err != nil || len(got) != 1 {
		c.Fatalf("Describe = %v, %v", got, err)
	}
	if ttl := got[0].TTL; ttl > time.Hour || ttl < time.Hour-time.Since(start)-time.Millisecond || ttl%time.Millisecond != 0 {
		c.Errorf("TTL = %v, want about an hour in whole milliseconds", ttl)
	}
}

func testDescribeMany(c *client) {
	var keys []kv.Key
	var entries []kv.Entry
	for i := range 1000 {
		keys = append(keys, kv.Key(fmt.Sprintf("key:%d", i)))
		entries = append(entries, kv.Entry{Key: keys[i], Value: kv.Value(`1`)})
	}
	c.mset(entries...)
	c.wantDescribed(keys, slices.Repeat([]kv.Description{described("number", 1)}, len(keys))...)
}

func testDescribeOtherProjects(c *client) {
	c.set("k", `1`)
	c.in(c.p+1000).wantDescribed([]kv.Key{"k"}, kv.NoSuchKey())
}
