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

// doAll sends the calls that one operation comes to, those for one server in one pipeline, the servers side by side.
// Errors of the kinds to ignore count as answers.
func (s *Store) doAll(ctx context.Context, calls []*call, ignore ...error) error {
	if len(calls) == 1 {
		return together(calls, []error{s.do(ctx, calls[0])}, ignore)
	}
	errs := make([]error, len(calls))
	var wg sync.WaitGroup
	for node, group := range s.byServer(ctx, calls, errs) {
		wg.Go(func() { exchange(ctx, node, calls, group, errs) })
	}
	wg.Wait()
	for i, c := range calls {
		if s.mayRepeat(ctx, c, errs[i], 0) {
			c.again()
			errs[i] = s.do(ctx, c)
		} else {
			errs[i] = c.outcome(ctx, errs[i])
		}
	}
	return together(calls, errs, ignore)
}

// byServer returns the indexes of the calls for each server. It leaves out those whose server it
// does not find, with an error in errs.
func (s *Store) byServer(ctx context.Context, calls []*call, errs []error) map[*goredis.Client][]int {
	groups := map[*goredis.Client][]int{}
	for i, c := range calls {
		node, err := s.nodes.holder(ctx, c.key)
		if err != nil {
			errs[i] = err
			continue
		}
		groups[node] = append(groups[node], i)
	}
	return groups
}

// exchange sends a group of calls to one server, in one pipeline, and leaves in errs how each has come back.
func exchange(ctx context.Context, node *goredis.Client, calls []*call, group []int, errs []error) {
	pipeline := node.Pipeline()
	for _, i := range group {
		_ = pipeline.Process(ctx, calls[i]) // only notes it down
	}
	_, err := pipeline.Exec(ctx)
	for _, i := range group {
		if errs[i] = calls[i].Err(); errs[i] == nil && !calls[i].sent() {
			errs[i] = err // a server that refuses the connection tells nobody else
		}
	}
}

// together returns the error of an operation from those of its calls. What was applied in part, and could
// otherwise be taken for not applied, has an unknown outcome.
func together(calls []*call, errs, ignore []error) error {
	var first error
	applied := false
	for i, err := range errs {
		switch {
		case err == nil:
			applied = applied || calls[i].write
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
