// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Config says how a store reaches Redis. URL is required; the zero value of the rest works.
type Config struct {
	// URL names the servers:
	//
	//	redis://[user:password@]host[:6379][/db]           one server, or a Cluster that it belongs to
	//	rediss://...                                       the same over TLS
	//	unix://[user:password@]/path/to/socket[?db=0]      a Unix socket
	//	redis://host1,host2,host3/?cluster=true            a Cluster, by some of its servers
	//	redis://host1[:26379],host2,host3/0?sentinel=NAME  the master that Sentinels know as NAME
	//
	// A server that is part of a Cluster is recognised without cluster=true. User name and password are those of
	// Redis; the Sentinels' own are sentinel_user and sentinel_password. Over TLS, skip_verify=true
	// accepts any certificate; ca, cert and key name PEM files by absolute paths: the authorities to trust, and what is
	// shown to a server that asks for a client certificate. What is not a letter or digit in them is percent-encoded. No server is looked for at a
	// link-local address (see package egress), whatever names it: the URL, DNS, a Sentinel or a Cluster.
	URL string
	// Credentials returns user name and password of Redis for each new connection, for such as are renewed: those of
	// IAM, or of a secret that is rotated. What it returns is bounded by ctx, and a Refusal that it returns reaches
	// whoever opens the store. Default: those of the URL.
	Credentials func(ctx context.Context) (user, password string, err error)
	// Refused is told that a server did not take what Credentials returned, before a call that met with it goes out once
	// more, with what Credentials returns then. Default: such a call is not sent again.
	Refused func()
	// Coalesce lets commands of concurrent callers share pipelines. Where one call runs at a time, as in
	// a Lambda function, it only costs time.
	Coalesce bool
	// MaxAnswer bounds the values that one Get or MGet returns, in bytes. Default: kv.DefaultMaxAnswer.
	MaxAnswer int64
	// MaxQueued bounds the coalesced commands that wait for an answer, for each server; one more
	// ends in kv.ErrUnavailable. Default: 8192.
	MaxQueued int
	// Connections bounds the connections to each server beside those of the pipelines. Default: 10 per CPU.
	Connections int
	// DialTimeout bounds the making of a connection. Default: 2 s.
	DialTimeout time.Duration
	// Timeout is how long a connection may be silent while an answer is due; then it is given up. A call without
	// coalescing waits no longer than its context either. Default: 5 s.
	Timeout time.Duration
	// Silence, where it is set, bounds how long a server may send nothing at all while an answer is due: then the
	// connection is given up, and a read goes out once more on another one. Default: Timeout, without another attempt.
	Silence time.Duration
	// Idle, where it is set, is the rest, by the wall clock, after which a connection is tried by a PING before a call goes
	// out on it, for half of Silence at most: for a process that is frozen now and then, while connections get lost. One
	// connection at most is kept at rest then. Default: none is tried.
	Idle time.Duration
	// Guard looks at the server of each new connection. Default: one that looks for the mark that Store.Guard demands.
	Guard *Guard
	// replica is set where a replica will do, refills where the keys may be gone.
	replica, refills bool
}

// withDefaults fills in the fields that are zero.
func (c Config) withDefaults() Config {
	setDefault(&c.MaxAnswer, kv.DefaultMaxAnswer)
	setDefault(&c.MaxQueued, 8192)
	setDefault(&c.DialTimeout, 2*time.Second)
	setDefault(&c.Timeout, 5*time.Second)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Pipelines of one server: few, since each waits to be filled while another is under way.
const (
	maxBatches = 2   // side by side
	maxBatch   = 256 // commands in one
	// largeCommand is the size in bytes from which a command, or the answer it brings, goes past the pipelines.
	largeCommand = 64 << 10
)
