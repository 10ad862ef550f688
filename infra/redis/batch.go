// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// batch sends the commands of one operation, those for one server in one pipeline, all servers in parallel. Errors of
// the kinds to ignore count as replies.
func (s *Store) batch(ctx context.Context, commands []*command, ignore ...error) error {
	if len(commands) == 1 {
		return batchError(commands, []error{s.do(ctx, commands[0])}, ignore)
	}
	errs := make([]error, len(commands))
	var wg sync.WaitGroup
	for node, group := range s.byServer(ctx, commands, errs) {
		wg.Go(func() { sendPipeline(ctx, node, commands, group, errs) })
	}
	wg.Wait()
	for i, c := range commands {
		if s.mayRepeat(ctx, c, errs[i], 0) {
			c.reset()
			errs[i] = s.do(ctx, c)
		} else {
			errs[i] = c.outcome(ctx, errs[i])
		}
	}
	return batchError(commands, errs, ignore)
}

// byServer returns the indexes of the commands for each server. It leaves out those whose server it does not find, with an
// error in errs.
func (s *Store) byServer(ctx context.Context, commands []*command, errs []error) map[*goredis.Client][]int {
	groups := map[*goredis.Client][]int{}
	for i, c := range commands {
		node, err := s.nodes.holder(ctx, c.key)
		if err != nil {
			errs[i] = err
			continue
		}
		groups[node] = append(groups[node], i)
	}
	return groups
}

// sendPipeline sends a group of commands to one server, in one pipeline, and stores in errs the error of each.
func sendPipeline(ctx context.Context, node *goredis.Client, commands []*command, group []int, errs []error) {
	pipeline := node.Pipeline()
	for _, i := range group {
		_ = pipeline.Process(ctx, commands[i]) // only queues it
	}
	_, err := pipeline.Exec(ctx)
	for _, i := range group {
		if errs[i] = commands[i].Err(); errs[i] == nil && !commands[i].sent() {
			errs[i] = err // the connection failed, which only this error says
		}
	}
}

// batchError returns the error of an operation from those of its commands. If it was applied in part, and the error would say
// that it was not applied, the outcome is unknown.
func batchError(commands []*command, errs, ignore []error) error {
	var first error
	applied := false
	for i, err := range errs {
		switch {
		case err == nil:
			applied = applied || commands[i].write
		case isAny(err, ignore):
		case errors.Is(err, kv.ErrOutcomeUnknown):
			return err
		case first == nil:
			first = err
		}
	}
	if applied && isAny(first, []error{kv.ErrUnavailable, kv.ErrTimeout}) {
		return fmt.Errorf("applied in part: %v: %w", first, kv.ErrOutcomeUnknown)
	}
	return first
}

func isAny(err error, kinds []error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
