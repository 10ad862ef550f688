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
	"github.com/tempskv/tempskv/infra/egress"
)

// Open connects to Redis and returns once it answers and has loaded its data. Errors are Refusals
// of the kinds ErrInvalid (the URL), ErrUnavailable and ErrTimeout, which say what to check and hold no password.
func Open(ctx context.Context, c Config) (*Store, error) {
	t, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	s, err := t.open(ctx, c)
	if errors.Is(err, errInCluster) {
		t.cluster = true
		s, err = t.open(ctx, c)
	}
	if err != nil {
		return nil, t.explain(ctx, err)
	}
	return s, nil
}

// open returns a store over what the target names, once that answers.
func (t *target) open(ctx context.Context, c Config) (*Store, error) {
	if c.Guard == nil {
		c.Guard = NewGuard("get", OwnerKey)
	}
	s, plain := newStore(t.connect(c), c), c
	plain.Coalesce, plain.refills = false, true
	s.apart = newStore(t.connect(plain), plain)
	plain.Guard = nil
	s.marks = newStore(t.connect(plain), plain)
	if err := s.greet(ctx); err != nil {
		_ = s.Close()
		return nil, err
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

// errInCluster means that a server is part of a Cluster and cannot be used alone.
var errInCluster = errors.New("part of a cluster")

// greet returns once the servers answer and have loaded their data. Errors: errInCluster, and a Refusal for a replica.
func (s *Store) greet(ctx context.Context) error {
	one, ok := s.nodes.(*single)
	if !ok || one.sentinel {
		return s.run(ctx, &call{Cmder: goredis.NewStatusCmd(ctx, "ping"), hasty: true})
	}
	info, err := s.info(ctx, one.Client)
	switch {
	case err != nil:
		return err
	case info["cluster_enabled"] == "1":
		return errInCluster
	case info["role"] == "slave" && !s.cfg.replica:
		return kv.Refuse(kv.ErrUnavailable,
			"redis_url names a replica, which takes no writes: name its master, or the Sentinels")
	}
	return nil
}

// explain returns a Refusal for an error of Open.
func (t *target) explain(ctx context.Context, err error) error {
	var refusal *kv.Refusal
	var certificate *tls.CertificateVerificationError
	var forbidden *egress.Error
	check := "host, port and firewall"
	if t.tls != nil {
		check += ", and whether it speaks TLS there"
	}
	has := func(text string) bool { return strings.Contains(err.Error(), text) }
	switch {
	case errors.As(err, &refusal):
		return err
	case errors.Is(err, errFull):
		return kv.Refuse(kv.ErrUnavailable, "%s: %v", t, errFull)
	case errors.As(err, &forbidden):
		return kv.Refuse(kv.ErrInvalid, "redis_url leads to %v", forbidden)
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
