// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// queryNode sends commands that change nothing to one server, in one pipeline, and again if that may help. It returns the
// first error; the replies are in the commands.
func (s *Store) queryNode(ctx context.Context, node *goredis.Client, commands ...*command) error {
	errs, group := make([]error, len(commands)), make([]int, len(commands))
	for i := range commands {
		group[i] = i
	}
	for n := 0; ; n++ {
		sendPipeline(ctx, node, commands, group, errs)
		i := firstError(errs)
		if i < 0 {
			return nil
		}
		if !s.mayRepeat(ctx, commands[i], errs[i], n) || isMoved(errs[i]) || !pause(ctx, n, false) {
			return commands[i].outcome(ctx, errs[i])
		}
		for _, c := range commands {
			c.reset()
		}
	}
}

// firstError returns the index of the first error, -1 if there is none.
func firstError(errs []error) int {
	for i, err := range errs {
		if err != nil {
			return i
		}
	}
	return -1
}

// parseInfo returns the fields of a reply to INFO. See INFO in the Redis command reference.
func parseInfo(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}
