// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// IncrOptions are the options of Incr.
type IncrOptions struct {
	// TTL is the time to live of a key that this call creates, rounded up to a millisecond. 0: it does not expire. That of a key
	// that exists does not change.
	TTL time.Duration
}

// Incr adds an amount, which may be negative, to an integer in one step, and returns the sum. A key that does not exist counts
// from 0. Errors: ErrNotAnInteger, ErrOverflow, ErrWrongType, ErrOutOfMemory, ErrQuotaExceeded, ErrStorageFull.
func (c *Client) Incr(ctx context.Context, key string, amount int64, o *IncrOptions) (int64, error) {
	if o == nil {
		o = &IncrOptions{}
	}
	ex, px, err := expiry(opIncr, o.TTL)
	if err := cmp.Or(err, checkText(opIncr, "key", key)); err != nil {
		return 0, err
	}
	got, err := do[goclient.IncrResponse](ctx, c, opIncr, c.api.KVIncr, goclient.IncrRequest{
		Key: key, Amount: &amount, EX: ex, PX: px, ProjectID: c.project,
	})
	return got.Value, err
}

// NoExpiry is the time to live of keys that do not expire: longer than any other.
const NoExpiry time.Duration = math.MaxInt64

// TTL returns how long a key has left to live, to the second, NoExpiry if it does not expire, and reports whether there is such a
// key.
func (c *Client) TTL(ctx context.Context, key string) (left time.Duration, found bool, err error) {
	if err := checkText(opTTL, "key", key); err != nil {
		return 0, false, err
	}
	got, err := do[goclient.TTLResponse](ctx, c, opTTL, c.api.KVTTL, goclient.KeyRequest{Key: key, ProjectID: c.project})
	switch {
	case err != nil || got.TTL == -2:
		return 0, false, err
	case got.TTL < 0 || got.TTL > int64(NoExpiry/time.Second):
		return NoExpiry, true, nil
	}
	return time.Duration(got.TTL) * time.Second, true, nil
}

// Expire sets the time to live of a key, rounded up to a second; 0 or less deletes it. It reports whether there was such a key.
func (c *Client) Expire(ctx context.Context, key string, ttl time.Duration) (found bool, err error) {
	if err := checkText(opExpire, "key", key); err != nil {
		return false, err
	}
	op := opExpire
	op.again = ttl > 0 // a second deletion may meet a new key
	done, err := do[goclient.ChangeResponse](ctx, c, op, c.api.KVExpire, goclient.ExpireRequest{
		Key: key, Seconds: roundUp(ttl, time.Second), ProjectID: c.project,
	})
	return done.Success, err
}

// Persist removes the time to live of a key. It reports whether there was one to remove; if the request had to be sent twice,
// that may be what the first one removed.
func (c *Client) Persist(ctx context.Context, key string) (removed bool, err error) {
	if err := checkText(opPersist, "key", key); err != nil {
		return false, err
	}
	done, err := do[goclient.ChangeResponse](ctx, c, opPersist, c.api.KVPersist, goclient.KeyRequest{Key: key, ProjectID: c.project})
	return done.Success, err
}
