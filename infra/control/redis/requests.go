// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
)

// requestsScript adds to each count, and drops those that are not added to for a minute.
const requestsScript = `
local totals = {}
for i = 1, #KEYS do
	totals[i] = redis.call('INCRBY', KEYS[i], ARGV[i])
	redis.call('PEXPIRE', KEYS[i], 60000)
end
return totals`

// AddRequests adds to the count of each name, and returns what the servers have added to it together. A count that was
// unused for a minute starts again. Errors: as kv.Store.
func (s *Store) AddRequests(ctx context.Context, names []string, n []int64) ([]int64, error) {
	args := make([]any, 0, 3+2*len(names))
	args = append(args, "eval", requestsScript, len(names))
	for _, name := range names {
		args = append(args, requestsKey+name)
	}
	for _, n := range n {
		args = append(args, n)
	}
	reply, err := s.do(ctx, requestsKey, true, args...)
	if err != nil {
		return nil, err
	}
	list, ok := reply.([]any)
	if !ok || len(list) != len(names) {
		return nil, fmt.Errorf("control data: an odd answer to a count of requests: %T", reply)
	}
	totals := make([]int64, len(list))
	for i, item := range list {
		if totals[i], ok = item.(int64); !ok {
			return nil, fmt.Errorf("control data: not a number: %T", item)
		}
	}
	return totals, nil
}
