// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"log/slog"

	goredis "github.com/redis/go-redis/v9"
)

// LogTo makes go-redis write what it has to say to log, at debug level: every failure is returned to a caller anyway.
// Without it, go-redis writes to standard error. It is for the whole process, and main calls it once.
func LogTo(log *slog.Logger) { goredis.SetLogger(logger{log}) }

type logger struct{ log *slog.Logger }

// Printf is called by go-redis.
func (l logger) Printf(ctx context.Context, format string, args ...any) {
	if l.log.Enabled(ctx, slog.LevelDebug) {
		l.log.DebugContext(ctx, "go-redis", "message", fmt.Sprintf(format, args...))
	}
}
