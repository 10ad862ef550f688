// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/tempskv/tempskv/infra/egress"
)

// keepAlive detects a dead server between commands, before a firewall forgets the connection. The values are go-redis's.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 5 * time.Second, Count: 3}

// dialer returns a function that connects to the servers that the URL, Sentinels and Clusters name.
func (t *target) dialer(c Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: c.DialTimeout, KeepAliveConfig: keepAlive, Control: egress.Control}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := t.dial(ctx, dialer, network, addr)
		if err != nil {
			return nil, err
		}
		return wrapConn(conn, c), nil
	}
}

// dial makes a connection, over TLS if the URL says so. The files that the URL names are read each time, since certificates
// are renewed.
func (t *target) dial(ctx context.Context, dialer *net.Dialer, network, addr string) (net.Conn, error) {
	if t.tls == nil {
		return dialer.DialContext(ctx, network, addr)
	}
	config, err := t.files.load(t.tls)
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, network, addr)
}
