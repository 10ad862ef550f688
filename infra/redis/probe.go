// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Probe asks the servers, now, how they are and what settings are in force: their version, Redis's or Valkey's own, the
// memory that they use together, and of the settings the weakest of all of them. An error means that one of them is not
// well: it does not answer, or it refuses writes; then what is known comes with it.
func (s *Store) Probe(ctx context.Context) (kv.Server, error) {
	if err := s.begin(ctx); err != nil {
		return kv.Server{}, err
	}
	defer s.end()
	var mu sync.Mutex
	var servers []kv.Server
	var refused error
	u := s.unguarded()
	err := u.nodes.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error {
		server, no, err := u.read(ctx, node)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		servers, refused = append(servers, server), cmp.Or(refused, no)
		return nil
	})
	if err != nil {
		return kv.Server{}, s.explainError(ctx, err)
	}
	return weakest(servers), refused
}

// Size returns how many keys the database has, those of others among them. See DBSIZE in the Redis command reference.
func (s *Store) Size(ctx context.Context) (keys int64, err error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	var sum atomic.Int64
	u := s.unguarded()
	err = u.nodes.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error {
		size := goredis.NewIntCmd(ctx, "dbsize")
		err := u.queryNode(ctx, node, &command{Cmder: size, noFailoverWait: true})
		sum.Add(size.Val())
		return err
	})
	if err != nil {
		return 0, s.explainError(ctx, err)
	}
	return sum.Load(), nil
}

// explainError returns an error of the servers as a Refusal that names them.
func (s *Store) explainError(ctx context.Context, err error) error {
	if err = lookupError(ctx, err); s.explain == nil || errors.Is(err, kv.ErrTimeout) && !expired(ctx) {
		return err
	}
	return s.explain(ctx, err)
}

// version returns the version of the server itself: Valkey tells the Redis version that it is compatible with as well.
func version(info map[string]string) string {
	if v := info["valkey_version"]; v != "" {
		return v
	}
	return info["redis_version"]
}

// info returns what one server tells of itself, after a PING. One that cannot write to its disk says so instead of PONG.
func (s *Store) info(ctx context.Context, node *goredis.Client) (map[string]string, error) {
	ping, all := goredis.NewStatusCmd(ctx, "ping"), goredis.NewStringCmd(ctx, "info")
	err := s.queryNode(ctx, node, &command{Cmder: ping, noFailoverWait: true, waitForLoading: true}, &command{Cmder: all, noFailoverWait: true, waitForLoading: true})
	if err != nil && (!errors.Is(err, kv.ErrStorageFull) || all.Err() != nil) {
		return nil, err
	}
	return parseInfo(all.Val()), nil
}
