// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Time returns the time of one of the servers, by which keys expire there.
func (s *Store) Time(ctx context.Context) (time.Time, error) {
	now := goredis.NewTimeCmd(ctx, "time")
	err := s.run(ctx, &command{Cmder: now})
	return now.Val(), err
}
