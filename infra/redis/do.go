// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// Do sends one command for a package that stores other data than keys of projects, and returns the reply: a string, an
// int64, a list of these, or nil. key is the first key that it names; the others lie in the same slot. write says that it
// may change something. Errors: as kv.Store.
func (s *Store) Do(ctx context.Context, key string, write bool, args ...any) (any, error) {
	cmd := goredis.NewCmd(ctx, args...)
	if err := s.run(ctx, &command{Cmder: cmd, key: key, write: write}); err != nil {
		return nil, err
	}
	return cmd.Val(), nil
}
