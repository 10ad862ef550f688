// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

var contextTests = []test{
	{"Cancelled", func(c *client) {
		ctx, cancel := context.WithCancel(c.ctx)
		cancel()
		c.refusesAll(ctx, kv.ErrTimeout)
	}},
	{"Expired", func(c *client) {
		ctx, cancel := context.WithDeadline(c.ctx, time.Now().Add(-time.Second))
		defer cancel()
		c.refusesAll(ctx, kv.ErrTimeout)
	}},
	{"During", testDuring},
}

// call is one operation on the keys k and n, which hold 1, named for messages.
type call struct {
	name string
	do   func(ctx context.Context) error
}

// calls returns every operation of a store.
func (c *client) calls() []call {
	s, keys := c.store, []kv.Key{"k", "n"}
	return []call{
		{"Get", func(ctx context.Context) error { _, err := s.Get(ctx, c.p, "k"); return err }},
		{"MGet", func(ctx context.Context) error { _, err := s.MGet(ctx, c.p, keys); return err }},
		{"Describe", func(ctx context.Context) error { _, err := s.Describe(ctx, c.p, keys); return err }},
		{"Exists", func(ctx context.Context) error { _, err := s.Exists(ctx, c.p, keys); return err }},
		{"TTL", func(ctx context.Context) error { _, err := s.TTL(ctx, c.p, "k"); return err }},
		{"Set", func(ctx context.Context) error {
			_, err := s.Set(ctx, c.p, "k", kv.Value(`2`), kv.SetOptions{})
			return err
		}},
		{"Set large", func(ctx context.Context) error {
			_, err := s.Set(ctx, c.p, "k", kv.Value(largeText(1<<20)), kv.SetOptions{})
			return err
		}},
		{"MSet", func(ctx context.Context) error {
			two := kv.Value(`2`)
			return s.MSet(ctx, c.p, []kv.Entry{{Key: "k", Value: two}, {Key: "n", Value: two, TTL: time.Hour}})
		}},
		{"Del", func(ctx context.Context) error { _, err := s.Del(ctx, c.p, keys); return err }},
		{"Incr", func(ctx context.Context) error { _, err := s.Incr(ctx, c.p, "n", 1, 0); return err }},
		{"Incr with TTL", func(ctx context.Context) error { _, err := s.Incr(ctx, c.p, "n", 1, time.Hour); return err }},
		{"Incr once", func(ctx context.Context) error {
			_, err := s.Idempotent(identity("i", "r")).Incr(ctx, c.p, "n", 1, 0)
			return err
		}},
		{"Expire", func(ctx context.Context) error { _, err := s.Expire(ctx, c.p, "k", 0); return err }},
		{"Persist", func(ctx context.Context) error { _, err := s.Persist(ctx, c.p, "k"); return err }},
		{"Scan", func(ctx context.Context) error { _, err := s.Scan(ctx, c.p, "", "", 10); return err }},
		{"ProjectIDs", func(ctx context.Context) error { _, err := s.ProjectIDs(ctx); return err }},
		{"DeleteProject", func(ctx context.Context) error { return s.DeleteProject(ctx, c.p) }},
	}
}

// refusesAll checks that each operation ends in the error and changes nothing.
func (c *client) refusesAll(ctx context.Context, want error) {
	c.Helper()
	c.set("k", `1`)
	c.set("n", `1`)
	for _, call := range c.calls() {
		c.wantErr(call.name, call.do(ctx), want)
	}
	c.wantMGet([]kv.Key{"k", "n"}, `1`, `1`)
}

// testDuring ends contexts while operations run: nothing is applied that ends in ErrTimeout, and
// what ends in nil is.
func testDuring(c *client) {
	certain, unknown := int64(0), int64(0)
	for i := range 200 {
		ctx, cancel := context.WithTimeout(c.ctx, time.Duration(i)*5*time.Microsecond)
		_, err := c.store.Incr(ctx, c.p, "k", 1, 0)
		cancel()
		switch {
		case err == nil:
			certain++
		case errors.Is(err, kv.ErrOutcomeUnknown):
			unknown++
		default:
			c.wantErr("Incr", err, kv.ErrTimeout)
		}
	}
	if n, err := c.store.Incr(c.ctx, c.p, "k", 0, 0); err != nil || n < certain || n > certain+unknown {
		c.Errorf("count %d, %v, with %d acknowledged and %d unknown", n, err, certain, unknown)
	}
}
