// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strconv"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Probe asks the servers, now, how they are: their version, Redis's or Valkey's own, and the memory that they use
// together. An error means that one of them is not well.
func (s *Store) Probe(ctx context.Context) (kv.Server, error) {
	if err := s.begin(ctx); err != nil {
		return kv.Server{}, err
	}
	defer s.end()
	var mu sync.Mutex
	var server kv.Server
	err := s.unguarded().nodes.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error {
		info, err := s.info(ctx, node)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		server.Version = version(info)
		memory, _ := strconv.ParseInt(info["used_memory"], 10, 64)
		server.UsedMemory += memory
		return nil
	})
	if err != nil {
		return kv.Server{}, unfound(ctx, err)
	}
	return server, nil
}

// Evicts returns the policy by which a server gives up keys without a time to live where its memory is full, empty if
// none does.
func (s *Store) Evicts(ctx context.Context) (policy string, err error) {
	if err := s.begin(ctx); err != nil {
		return "", err
	}
	defer s.end()
	var mu sync.Mutex
	err = s.nodes.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error {
		info, err := s.info(ctx, node)
		if p := info["maxmemory_policy"]; err == nil && strings.HasPrefix(p, "allkeys-") {
			mu.Lock()
			defer mu.Unlock()
			policy = p
		}
		return err
	})
	if err != nil {
		return "", unfound(ctx, err)
	}
	return policy, nil
}

// version returns the version of the server itself: Valkey tells the Redis version that it is compatible with as well.
func version(info map[string]string) string {
	if v := info["valkey_version"]; v != "" {
		return v
	}
	return info["redis_version"]
}

// info returns what one server tells of itself, after a PING.
func (s *Store) info(ctx context.Context, node *goredis.Client) (map[string]string, error) {
	ping, all := goredis.NewStatusCmd(ctx, "ping"), goredis.NewStringCmd(ctx, "info")
	if err := s.ask(ctx, node, &call{Cmder: ping, hasty: true}, &call{Cmder: all, hasty: true}); err != nil {
		return nil, err
	}
	return parseInfo(all.Val()), nil
}
