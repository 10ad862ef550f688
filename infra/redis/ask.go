// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// ask sends calls that change nothing to one server, in one pipeline, and again if that may help. It
// returns the first error; the answers are in the calls.
func (s *Store) ask(ctx context.Context, node *goredis.Client, calls ...*call) error {
	errs, group := make([]error, len(calls)), make([]int, len(calls))
	for i := range calls {
		group[i] = i
	}
	for n := 0; ; n++ {
		exchange(ctx, node, calls, group, errs)
		i := firstError(errs)
		if i < 0 {
			return nil
		}
		if !s.mayRepeat(ctx, calls[i], errs[i], n) || isMoved(errs[i]) || !pause(ctx, n, false) {
			return calls[i].outcome(ctx, errs[i])
		}
		for _, c := range calls {
			c.again()
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

// parseInfo returns the fields of an answer to INFO. See INFO in the Redis command reference.
func parseInfo(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}
