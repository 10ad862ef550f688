// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Open connects to Redis and returns once it replies and has loaded its data. Errors are Refusals of the kinds ErrInvalid (the
// URL), ErrUnavailable and ErrTimeout, which say what to check and hold no password.
func Open(ctx context.Context, c Config) (*Store, error) {
	t, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	s, err := t.open(ctx, c)
	if errors.Is(err, errInCluster) {
		if t.db != 0 {
			return nil, invalidURL("names database %d, and its server is part of a Redis Cluster, which has database 0 only: leave the "+
				"number out", t.db)
		}
		t.cluster = true
		s, err = t.open(ctx, c)
	}
	if err != nil {
		return nil, t.explain(ctx, err)
	}
	s.explain = t.explain
	return s, nil
}

// open returns a store over the servers of the target, once they reply.
func (t *target) open(ctx context.Context, c Config) (*Store, error) {
	if c.Guard == nil {
		c.Guard = NewGuard("get", OwnerKey)
	}
	plain := c
	plain.Coalesce, plain.refills = false, true
	if c.Coalesce {
		c.maxString = pipelinedString
	}
	s := newStore(t.connect(c), c)
	bulk := plain
	bulk.MaxReply = max(bulk.MaxReply, bulkReply)
	s.apart = newStore(t.connect(bulk), bulk)
	if c.StaleAfter == 0 { // else there should be few connections
		brief := c
		brief.Coalesce, brief.MaxReply = false, shortReply
		s.short, s.brief = newShortValues(), newStore(t.connect(brief), brief)
		s.apart.short = s.short
	}
	plain.Guard = nil
	s.marks = newStore(t.connect(plain), plain)
	if err := s.waitReady(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// connect returns the servers of the target, without connecting to them.
func (t *target) connect(c Config) nodes {
	if t.cluster {
		return newCluster(t, c)
	}
	return newSingle(t, c)
}

// errInCluster means that a server is part of a Cluster and cannot be used alone.
var errInCluster = errors.New("part of a cluster")

// waitReady returns once the servers reply and have loaded their data. Errors: errInCluster, and a Refusal for a replica.
func (s *Store) waitReady(ctx context.Context) error {
	one, ok := s.nodes.(*single)
	if !ok || one.sentinel {
		return s.run(ctx, &command{Cmder: goredis.NewStatusCmd(ctx, "ping"), noFailoverWait: true, waitForLoading: true})
	}
	info, err := s.info(ctx, one.Client)
	switch {
	case err != nil:
		return err
	case info["redis_mode"] == "sentinel":
		return errIsSentinel
	case info["cluster_enabled"] == "1":
		return errInCluster
	case info["role"] == "slave" && !s.cfg.replica:
		return kv.Refuse(kv.ErrUnavailable,
			"redis_url names a replica, which takes no writes (READONLY): name its master, or the Sentinels")
	}
	return nil
}

// reason returns what the system says about a connection that failed.
func reason(err error) string {
	var dns *net.DNSError
	var number syscall.Errno
	switch {
	case errors.As(err, &dns):
		return ": no such host"
	case errors.Is(err, os.ErrNotExist):
		return ": no such socket"
	case errors.As(err, &number):
		return fmt.Sprintf(": %v", number)
	}
	return ""
}
