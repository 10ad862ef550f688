// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// ValueBytes returns the total size of the values of keys in bytes; a key that is missing or of another type counts 0.
// Errors: as kv.Store. See STRLEN in the Redis command reference.
func (s *Store) ValueBytes(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	return s.valueBytes(ctx, names(p, keys))
}
