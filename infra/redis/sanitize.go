// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"
)

// sanitizeSetting says whether a server checks a dump before it takes it: "no", the default, "clients" or "yes". It exists since
// Redis 6.2.
const sanitizeSetting = "sanitize-dump-payload"

// trustsDumps reports whether a server takes dumps without a check, false if that is not known.
func (s *Store) trustsDumps(ctx context.Context, node *goredis.Client) (bool, error) {
	get := goredis.NewStringSliceCmd(ctx, "config", "get", sanitizeSetting)
	c := &command{Cmder: get, noFailoverWait: true}
	errs := make([]error, 1)
	sendPipeline(ctx, node, []*command{c}, []int{0}, errs)
	if _, isReply := replyText(errs[0]); isReply || errors.Is(errs[0], goredis.Nil) {
		return false, nil
	}
	if errs[0] != nil {
		return false, c.outcome(ctx, errs[0])
	}
	pair := get.Val()
	return len(pair) == 2 && pair[1] == "no", nil
}

// noteDumps says what follows from trustsDumps.
func (e *Examination) noteDumps() {
	e.Notes = append(e.Notes, "the Redis takes keys of other types than strings without a check (sanitize-dump-payload no): a forged "+
		"backup may end it when it is restored; run CONFIG SET sanitize-dump-payload yes there, and put it into its configuration")
}
