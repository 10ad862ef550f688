// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// Do sends one command for a package that keeps data of its own beside the projects' keys, and returns the answer: a
// string, an int64, a list of such, or nil. key is the first key that it names; the others lie in the same slot. A
// command that may change something is a write, and is sent once, like all others here; its errors are those of kv.Store.
func (s *Store) Do(ctx context.Context, key string, write bool, args ...any) (any, error) {
	cmd := goredis.NewCmd(ctx, args...)
	if err := s.run(ctx, &call{Cmder: cmd, key: key, write: write}); err != nil {
		return nil, err
	}
	return cmd.Val(), nil
}
