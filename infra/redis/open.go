// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Open connects to Redis and returns once it answers and has loaded its data. Errors are Refusals
// of the kinds ErrInvalid (the URL), ErrUnavailable and ErrTimeout, which say what to check and hold no password.
func Open(ctx context.Context, c Config) (*Store, error) {
	t, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	s, err := newStore(t.connect(c), c)
	if err != nil {
		return nil, err
	}
	if s, err = s.settle(ctx, t); err != nil {
		return nil, errors.Join(t.explain(ctx, err), s.Close())
	}
	return s, nil
}

// connect returns the servers that the target names, without talking to them.
func (t *target) connect(c Config) nodes {
	if t.cluster {
		return newCluster(t, c)
	}
	return newSingle(t, c)
}

// settle returns a store that answers: s, or another in its place if the server turns out to be part of a Cluster. If
// there is an error, the store is to be closed.
func (s *Store) settle(ctx context.Context, t *target) (*Store, error) {
	if one, ok := s.nodes.(*single); ok && !one.sentinel {
		info, err := s.info(ctx, one.Client)
		if err != nil {
			return s, err
		}
		if info["cluster_enabled"] == "1" {
			if err := s.Close(); err != nil {
				return s, err
			}
			t.cluster = true
			return newStoreFor(ctx, newCluster(t, s.cfg), s.cfg)
		}
		if info["role"] == "slave" {
			return s, kv.Refuse(kv.ErrUnavailable,
				"%s is a replica, which takes no writes: redis_url must name its master, or the Sentinels", t)
		}
	}
	return s, s.Ping(ctx)
}

// newStoreFor returns a store over n once it answers.
func newStoreFor(ctx context.Context, n nodes, c Config) (*Store, error) {
	s, err := newStore(n, c)
	if err != nil {
		return s, err
	}
	return s, s.Ping(ctx)
}

// explain returns a Refusal for an error of Open.
func (t *target) explain(ctx context.Context, err error) error {
	var refusal *kv.Refusal
	var certificate *tls.CertificateVerificationError
	check := "host, port and firewall"
	if t.tls != nil {
		check += ", and whether it speaks TLS there"
	}
	has := func(text string) bool { return strings.Contains(err.Error(), text) }
	switch {
	case errors.As(err, &refusal):
		return err
	case errors.As(err, &certificate):
		return kv.Refuse(kv.ErrUnavailable, "the TLS certificate of %s was refused: %v", t, certificate.Err)
	case has("cluster support disabled"):
		return kv.Refuse(kv.ErrUnavailable, "%s is not part of a Cluster: leave out cluster=true", t)
	case t.sentinel != "" && (has("unknown command") || has(goredis.Nil.Error())):
		return kv.Refuse(kv.ErrUnavailable, "%s is no Sentinel, or knows no master of that name", t)
	case has("can't parse"), has("invalid reply"):
		return kv.Refuse(kv.ErrUnavailable, "what answers at %s is not Redis: check host and port", t)
	case has("LOADING"):
		return kv.Refuse(kv.ErrTimeout, "%s is still loading its data", t)
	case isTimeout(err) || over(ctx):
		return kv.Refuse(kv.ErrTimeout, "%s did not answer in time: check %s", t, check)
	}
	return kv.Refuse(kv.ErrUnavailable, "%s cannot be reached%s: check that it runs, %s", t, reason(err), check)
}

// reason returns what the system says of a connection that failed.
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

// Ping returns once the store answers and has loaded its data.
func (s *Store) Ping(ctx context.Context) error {
	return s.run(ctx, &call{Cmder: goredis.NewStatusCmd(ctx, "ping"), hasty: true})
}
