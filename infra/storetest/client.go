// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
)

// client is one project's view of the store in one test. Its methods end the test on an error that they do not expect.
type client struct {
	*testing.T
	ctx   context.Context
	store kv.Store
	p     kv.ProjectID
}

// missing is what get returns if there is no such key.
const missing = "(missing)"

// get returns the value of key as text.
func (c *client) get(key kv.Key) string {
	c.Helper()
	v, err := c.store.Get(c.ctx, c.p, key)
	if err != nil {
		c.Fatalf("Get(%.40q): %v", key, err)
	}
	if v == nil {
		return missing
	}
	return string(v)
}

// wantValue checks the value of key.
func (c *client) wantValue(key kv.Key, want string) {
	c.Helper()
	if got := c.get(key); got != want {
		c.Errorf("Get(%.40q) = %.80s (%d bytes), want %.80s (%d bytes)", key, got, len(got), want, len(want))
	}
}

// set stores a value without options.
func (c *client) set(key kv.Key, value string) {
	c.Helper()
	c.setWith(key, value, kv.SetOptions{}, true)
}

// setWith stores a value and checks whether the condition was met.
func (c *client) setWith(key kv.Key, value string, o kv.SetOptions, want bool) {
	c.Helper()
	ok, err := c.store.Set(c.ctx, c.p, key, kv.Value(value), o)
	if err != nil {
		c.Fatalf("Set(%.40q, %.80s, %+v): %v", key, value, o, err)
	}
	if ok != want {
		c.Errorf("Set(%.40q, %.80s, %+v) = %v, want %v", key, value, o, ok, want)
	}
}

// wantIncr adds to a key and checks the sum.
func (c *client) wantIncr(key kv.Key, amount int64, ttl time.Duration, want int64) {
	c.Helper()
	got, err := c.store.Incr(c.ctx, c.p, key, amount, ttl)
	if err != nil || got != want {
		c.Errorf("Incr(%.40q, %d, %v) = %d, %v, want %d", key, amount, ttl, got, err, want)
	}
}

// wantDel deletes keys and checks how many there were.
func (c *client) wantDel(want int64, keys ...kv.Key) {
	c.Helper()
	if got, err := c.store.Del(c.ctx, c.p, keys); err != nil || got != want {
		c.Errorf("Del(%d keys) = %d, %v, want %d", len(keys), got, err, want)
	}
}

// wantExists counts keys.
func (c *client) wantExists(want int64, keys ...kv.Key) {
	c.Helper()
	if got, err := c.store.Exists(c.ctx, c.p, keys); err != nil || got != want {
		c.Errorf("Exists(%d keys) = %d, %v, want %d", len(keys), got, err, want)
	}
}

// wantMGet checks the values of several keys.
func (c *client) wantMGet(keys []kv.Key, want ...string) {
	c.Helper()
	values, err := c.store.MGet(c.ctx, c.p, keys)
	if err != nil {
		c.Fatalf("MGet(%d keys): %v", len(keys), err)
	}
	got := make([]string, len(values))
	for i, v := range values {
		if got[i] = string(v); v == nil {
			got[i] = missing
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		c.Errorf("MGet: (-got +want)\n%.2000s", diff)
	}
}

// mset stores entries.
func (c *client) mset(entries ...kv.Entry) {
	c.Helper()
	if err := c.store.MSet(c.ctx, c.p, entries); err != nil {
		c.Fatalf("MSet(%d entries): %v", len(entries), err)
	}
}

// wantExpire sets a time to live and checks whether the key was there.
func (c *client) wantExpire(key kv.Key, d time.Duration, want bool) {
	c.Helper()
	if got, err := c.store.Expire(c.ctx, c.p, key, d); err != nil || got != want {
		c.Errorf("Expire(%.40q, %v) = %v, %v, want %v", key, d, got, err, want)
	}
}

// wantPersist removes the time to live and checks whether there was one.
func (c *client) wantPersist(key kv.Key, want bool) {
	c.Helper()
	if got, err := c.store.Persist(c.ctx, c.p, key); err != nil || got != want {
		c.Errorf("Persist(%.40q) = %v, %v, want %v", key, got, err, want)
	}
}

// ttl returns the time that a key has left.
func (c *client) ttl(key kv.Key) time.Duration {
	c.Helper()
	d, err := c.store.TTL(c.ctx, c.p, key)
	if err != nil {
		c.Fatalf("TTL(%.40q): %v", key, err)
	}
	return d
}

// wantTTL checks for NoExpiry or NoKey.
func (c *client) wantTTL(key kv.Key, want time.Duration) {
	c.Helper()
	if got := c.ttl(key); got != want {
		c.Errorf("TTL(%.40q) = %d, want %d", key, got, want)
	}
}

// wantTTLSince checks that the key has what is left of d, which was set at some time after start.
func (c *client) wantTTLSince(key kv.Key, d time.Duration, start time.Time) {
	c.Helper()
	got := c.ttl(key)
	least := d - time.Since(start) - time.Millisecond
	if got > d || got < least {
		c.Errorf("TTL(%.40q) = %v, want %v to %v", key, got, least, d)
	}
	if got%time.Millisecond != 0 {
		c.Errorf("TTL(%.40q) = %d ns, want whole milliseconds", key, got)
	}
}

// wantErr checks that an error is of a kind.
func (c *client) wantErr(what string, err, want error) {
	c.Helper()
	if !errors.Is(err, want) {
		c.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// in returns the view of another project.
func (c *client) in(p kv.ProjectID) *client {
	other := *c
	other.p = p
	return &other
}
