// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"runtime"
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
	// Redis; those of the Sentinels are sentinel_user and sentinel_password. Over TLS, skip_verify=true accepts any
	// certificate; ca, cert and key name PEM files by absolute paths: the authorities to trust, and the client certificate
	// with its key. Other characters than letters and digits
	// in them are percent-encoded. No connection is made to a link-local address (see package egress), whatever names it:
	// the URL, DNS, a Sentinel or a Cluster.
	URL string
	// Credentials returns the user name and password for each new connection, for credentials that are renewed: those of
	// IAM, or of a secret that is rotated. It is bounded by ctx, and a Refusal that it returns reaches
	// the caller of Open. Default: those of the URL.
	Credentials func(ctx context.Context) (user, password string, err error)
	// Rejected is called when a server did not accept what Credentials returned. The command is then sent once more, with
	// what Credentials returns next. Default: such a command is not sent again.
	Rejected func()
	// Coalesce lets commands of concurrent callers share pipelines. If there is one caller at a time, as in a Lambda
	// function, it only costs time.
	Coalesce bool
	// MaxAnswer bounds the values that one Get or MGet returns, in bytes. Default: kv.DefaultMaxAnswer.
	MaxAnswer int64
	// MaxReply bounds what the replies of a server to one pipeline, or one command, announce, in bytes: the values of GET
	// together, and all lists together. A value beyond it is read alone; a list ends the connection: kv.ErrUnavailable. Default: MaxAnswer and 32 MiB.
	MaxReply int64
	// MaxQueued bounds the coalesced commands that wait for a reply, for each server; one more fails with
	// kv.ErrUnavailable. Default: 8192.
	MaxQueued int
	// Connections bounds the connections to each server, without those of the pipelines. Default: 10 per CPU.
	Connections int
	// DialTimeout bounds how long connecting takes. Default: 2 s.
	DialTimeout time.Duration
	// Timeout bounds how long a reply may take; then the connection is closed. A command without coalescing waits no longer
	// than its context either. Default: 5 s.
	Timeout time.Duration
	// ReadIdleTimeout bounds how long a server may send nothing at all while a reply is due. Then the connection is closed,
	// and a read is sent once more on another one. Default: Timeout, without another attempt.
	ReadIdleTimeout time.Duration
	// StaleAfter is how long a connection may be idle before it is checked by a PING, which takes half of ReadIdleTimeout at
	// most, before a command goes out on it. It is for a process that is frozen now and then while connections get lost. At
	// most one idle connection is kept then. Default: no connection is checked.
	StaleAfter time.Duration
	// Guard checks the server of each new connection. Default: one that checks for the mark that Store.Guard demands.
	Guard *Guard
	// maxString is the longest string that is a whole reply; 0 stands for MaxAnswer.
	maxString int64
	// replica allows a replica, refills a database whose keys are gone.
	replica, refills bool
	// checkTime bounds one check of a connection that may be lost. Default: half of ReadIdleTimeout.
	checkTime time.Duration
	// clocks reads the clocks by which idle connections are found. Default: those of the machine.
	clocks func() clocks
}

// withDefaults returns c with its zero fields filled in.
func (c Config) withDefaults() Config {
	setDefault(&c.Connections, connections)
	setDefault(&c.MaxAnswer, kv.DefaultMaxAnswer)
	setDefault(&c.MaxReply, c.MaxAnswer+scanReply)
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

const (
	// pipelinedString is the longest string that is read in a pipeline, in bytes: INFO of a Redis with many clients and
	// commands stays below it. A longer one is measured first, and then read over another connection.
	pipelinedString = 1 << 20
	// scanReply is more than a SCAN returns, in bytes: 1000 keys of 32 KiB.
	scanReply = 32 << 20
	// bulkReply is Config.MaxReply of the operations on many keys: the largest record, and as much again.
	bulkReply = 2 * kv.MaxRecordBytes
)

// connections is the default of Config.Connections. Go has set how many processors there are from the machine and its control
// group; a server uses fewer of them while they are enough.
var connections = 10 * runtime.GOMAXPROCS(0)

// The pipelines of one server are few, so that each fills while another is under way.
const (
	maxBatches = 2                    // at a time
	maxBatch   = 256                  // commands in one
	smallBatch = 8                    // commands in one next to which another is sent
	slowBatch  = 5 * time.Millisecond // how long a larger one is under way until another is sent
	// largeCommand is the size in bytes of a command or its reply from which it bypasses the pipelines.
	largeCommand = 64 << 10
)
