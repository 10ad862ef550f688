// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Del deletes the keys and returns how many there were; a key given twice counts once. Errors: as kv.Store.
func (c changer) Del(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	return c.do(ctx, p, effect{0, len(keys), nil, func(ctx context.Context, w *writer) (n int64, err error) {
		now := w.now()
		for _, key := range keys {
			old, err := w.delete(ctx, rowKeyOf(p, key))
			if err != nil {
				return 0, err
			}
			if old.live(now) {
				n++
			}
		}
		return n, nil
	}})
}
