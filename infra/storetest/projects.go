// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
)

// projectTests and deleteProjectTests check the store as a whole, so each has its own store.
var (
	projectTests       = []test{{"Isolation", testIsolation}}
	deleteProjectTests = []test{{"Delete", testDeleteProject}}
)

// alike are ids of which one is a prefix of the other, as numbers and as text.
var alike = []kv.ProjectID{1, 11, 111, 10, 2, kv.MaxProjectID}

// wantIDs checks which projects have keys.
func (c *client) wantIDs(want ...kv.ProjectID) {
	c.Helper()
	got, err := c.store.ProjectIDs(c.ctx)
	if err != nil {
		c.Fatalf("ProjectIDs: %v", err)
	}
	got = append([]kv.ProjectID{}, slices.Sorted(slices.Values(got))...)
	want = append([]kv.ProjectID{}, slices.Sorted(slices.Values(want))...)
	if diff := cmp.Diff(got, want); diff != "" {
		c.Errorf("ProjectIDs: (-got +want)\n%s", diff)
	}
}

// testIsolation gives every project the same keys and checks that no operation reaches another's.
func testIsolation(c *client) {
	c.wantIDs()
	keys := []kv.Key{"k", "1:k", ":k", "*", "kv:p11:k", "1", "11:k"}
	for i, p := range alike {
		for _, key := range keys {
			c.in(p).wantIncr(key, int64(i+1), 0, int64(i+1))
		}
	}
	c.wantIDs(alike...)
	for _, p := range alike {
		for _, pattern := range []kv.Pattern{"", "*", "?*", "*k", "[1:k*]*", "*:*", "1*", "kv:*"} {
			for _, key := range c.in(p).scan(pattern, 100) {
				if !slices.Contains(keys, key) {
					c.Errorf("project %d scans %q and gets %q", p, pattern, key)
				}
			}
		}
		c.in(p).wantKeys("*", keys...)
	}
	one := c.in(alike[0])
	one.set("k", `"changed"`)
	one.wantExpire("1:k", time.Hour, true)
	one.wantDel(2, ":k", "1")
	one.mset(kv.Entry{Key: "11:k", Value: kv.Value(`0`)})
	for i, p := range alike[1:] {
		c.in(p).wantKeys("", keys...)
		for _, key := range keys {
			c.in(p).wantIncr(key, 0, 0, int64(i+2))
			c.in(p).wantTTL(key, kv.NoExpiry)
		}
	}
}

func testDeleteProject(c *client) {
	if err := c.store.DeleteProject(c.ctx, 7); err != nil {
		c.Errorf("DeleteProject of a project without keys: %v", err)
	}
	for _, p := range alike {
		c.in(p).fill("k", 20)
		c.in(p).setWith("ttl", `1`, kv.SetOptions{TTL: time.Hour}, true)
	}
	c.in(1).fill("many", 5000)
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	c.wantErr("DeleteProject, cancelled", c.store.DeleteProject(ctx, 1), kv.ErrTimeout)
	for range 2 {
		if err := c.store.DeleteProject(c.ctx, 1); err != nil {
			c.Fatalf("DeleteProject: %v", err)
		}
		c.in(1).wantKeys("")
		c.in(1).wantExists(0, "k00000", "many00000", "ttl")
	}
	c.wantIDs(alike[1:]...)
	for _, p := range alike[1:] {
		if keys := c.in(p).scan("", 100); len(keys) != 21 {
			c.Errorf("project %d has %d keys after project 1 was deleted, want 21", p, len(keys))
		}
	}
	c.in(1).wantIncr("k00000", 1, 0, 1)
	c.wantIDs(alike...)
}
