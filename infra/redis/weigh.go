// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

var _ kv.Weighing = (*Store)(nil)

// Weigh returns how many bytes the values of the keys have together; those that are not there, or of another type, have
// none. Errors: as kv.Store. See STRLEN in the Redis command reference.
func (s *Store) Weigh(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	return s.weigh(ctx, names(p, keys))
}
