// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Set stores value under key, and reports false if the condition of o was not met. Errors: as kv.Store.
func (c changer) Set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	k := rowKeyOf(p, key)
	met, err := c.do(ctx, p, effect{sizeOf(len(key), len(v)), 1, []rowKey{k}, func(ctx context.Context, w *writer) (int64, error) {
		if met, err := w.set(ctx, k, key, v, o); err != nil || !met {
			return 0, err
		}
		return 1, nil
	}})
	return met == 1, err
}

// MSet stores every entry or none; of a key given twice the last wins. Errors: as kv.Store.
func (c changer) MSet(ctx context.Context, p kv.ProjectID, entries []kv.Entry) error {
	var most int64
	names := make([]rowKey, len(entries))
	for i, e := range entries {
		names[i] = rowKeyOf(p, e.Key)
		most += sizeOf(len(e.Key), len(e.Value))
	}
	_, err := c.do(ctx, p, effect{most, len(entries), names, func(ctx context.Context, w *writer) (int64, error) {
		for i, e := range entries {
			if _, err := w.set(ctx, names[i], e.Key, e.Value, kv.SetOptions{TTL: e.TTL}); err != nil {
				return 0, err
			}
		}
		return 1, nil
	}})
	return err
}

func (w *writer) set(ctx context.Context, k rowKey, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	now := w.now()
	old, err := w.look(ctx, k)
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
	return true, w.store(ctx, k, key, v, expires, old)
}

// expiry returns when a key expires that lives for d from now, rounded up to a millisecond: 0, never, if d is 0.
func expiry(now int64, d time.Duration) int64 {
	if d == 0 {
		return 0
	}
	return now + int64((d+time.Millisecond-1)/time.Millisecond)
}
