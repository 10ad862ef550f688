// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Set stores value under key, and reports false if the condition of o was not met. Errors: as kv.Store.
func (c changer) Set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	met, err := c.do(ctx, p, effect{sizeOf(len(key), len(v)), 1, func(ctx context.Context, w *writer) (int64, error) {
		if met, err := w.set(ctx, p, key, v, o); err != nil || !met {
			return 0, err
		}
		return 1, nil
	}})
	return met == 1, err
}

// MSet stores every entry or none; of a key given twice the last wins. Errors: as kv.Store.
func (c changer) MSet(ctx context.Context, p kv.ProjectID, entries []kv.Entry) error {
	var most int64
	for _, e := range entries {
		most += sizeOf(len(e.Key), len(e.Value))
	}
	_, err := c.do(ctx, p, effect{most, len(entries), func(ctx context.Context, w *writer) (int64, error) {
		for _, e := range entries {
			if _, err := w.set(ctx, p, e.Key, e.Value, kv.SetOptions{TTL: e.TTL}); err != nil {
				return 0, err
			}
		}
		return 1, nil
	}})
	return err
}

func (w *writer) set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	name, now := nameOf(key), w.now()
	old, err := w.look(ctx, w.find, p, name)
	if err != nil {
		return false, err
	}
	live := old.live(now)
	if o.Condition == kv.NX && live || o.Condition == kv.XX && !live {
		return false, nil
	}
	expires := expiry(now, o.TTL)
	if o.KeepTTL && live {
		expires = old.expires
	}
	return true, w.store(ctx, p, name, key, v, expires, old)
}

// expiry returns when a key expires that lives for d from now, rounded up to a millisecond: 0, never, if d is 0.
func expiry(now int64, d time.Duration) int64 {
	if d == 0 {
		return 0
	}
	return now + int64((d+time.Millisecond-1)/time.Millisecond)
}
