// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// maxDigits is the length of the longest integer, which is the smallest one.
const maxDigits = len("-9223372036854775808")

// Incr adds amount to the integer under key, a missing key counting from 0, and returns the sum.
// ttl (0: none) applies only where this call creates the key. Errors: ErrNotInteger, ErrOverflow; else as kv.Store.
func (c changer) Incr(ctx context.Context, p kv.ProjectID, key kv.Key, amount int64, ttl time.Duration) (int64, error) {
	most := sizeOf(len(key), maxDigits)
	k := rowKeyOf(p, key)
	return c.do(ctx, p, effect{most, 1, []rowKey{k}, func(ctx context.Context, w *writer) (int64, error) {
		return w.incr(ctx, k, key, amount, ttl)
	}})
}

func (w *writer) incr(ctx context.Context, k rowKey, key kv.Key, amount int64, ttl time.Duration) (int64, error) {
	now := w.now()
	old, err := w.look(ctx, k)
	if err != nil {
		return 0, err
	}
	n, expires := int64(0), expiry(now, ttl)
	if old.live(now) {
		var ok bool
		if n, ok = integer(old.value); !ok {
			return 0, kv.ErrNotInteger
		}
		expires = old.expires
	}
	if amount > 0 && n > math.MaxInt64-amount || amount < 0 && n < math.MinInt64-amount {
		return 0, kv.ErrOverflow
	}
	n += amount
	return n, w.store(ctx, k, key, strconv.AppendInt(nil, n, 10), expires, old)
}

// integer reads a stored text as string2ll in util.c of Redis does: the shortest form of a signed 64-bit
// integer and no other, so neither a plus sign nor a leading zero nor a space.
func integer(text []byte) (int64, bool) {
	if len(text) > maxDigits {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != string(text) {
		return 0, false
	}
	return n, true
}
