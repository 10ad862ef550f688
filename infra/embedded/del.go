// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Del deletes the keys and returns how many there were; a key given twice counts once. Errors: as kv.Store.
func (s *Store) Del(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	var n int64
	err := s.write(ctx, 0, func(ctx context.Context, w *writer) error {
		n = 0
		now := w.now()
		for _, key := range keys {
			old, err := w.delete(ctx, p, nameOf(key))
			if err != nil {
				return err
			}
			if old.live(now) {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
