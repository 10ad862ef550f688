// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Probe asks the servers for their state and settings: the version of Redis or Valkey, the memory that they use together, and
// the weakest of their settings. An error means that one of them does not reply, or rejects writes; then Probe also returns
// what is known.
func (s *Store) Probe(ctx context.Context) (engine.Server, error) {
	if err := s.begin(ctx); err != nil {
		return engine.Server{}, err
	}
	defer s.end()
	var mu sync.Mutex
	var servers []engine.Server
	var rejects error
	u := s.unguarded()
	err := u.nodes.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error {
		server, noWrites, err := u.read(ctx, node)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		servers, rejects = append(servers, server), cmp.Or(rejects, noWrites)
		return nil
	})
	if err != nil {
		return engine.Server{}, s.explainError(ctx, err)
	}
	return weakest(servers), rejects
}

// Size returns how many keys the database has, including those of others. See DBSIZE in the Redis command reference.
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

// version returns the version of the server itself: Valkey also reports the Redis version that it is compatible with.
func version(info map[string]string) string {
	if v := info["valkey_version"]; v != "" {
		return v
	}
	return info["redis_version"]
}

// info returns the INFO of one server, after a PING. A server that cannot write to its disk replies with an error to PING.
func (s *Store) info(ctx context.Context, node *goredis.Client) (map[string]string, error) {
	ping, all := goredis.NewStatusCmd(ctx, "ping"), goredis.NewStringCmd(ctx, "info")
	err := s.queryNode(ctx, node, &command{Cmder: ping, noFailoverWait: true, waitForLoading: true}, &command{Cmder: all, noFailoverWait: true, waitForLoading: true})
	if err != nil && (!errors.Is(err, kv.ErrStorageFull) || all.Err() != nil) {
		return nil, err
	}
	return parseInfo(all.Val()), nil
}
