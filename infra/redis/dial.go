// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/tempskv/tempskv/infra/egress"
)

// keepAlive finds a server that is gone, between calls, before a firewall forgets the connection: it is go-redis's.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 5 * time.Second, Count: 3}

// dialer returns what makes the connections, to what the URL names and to what Sentinels and Clusters send us to.
func (t *target) dialer(c Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	plainly := &net.Dialer{Timeout: c.DialTimeout, KeepAliveConfig: keepAlive, Control: egress.Control}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := t.dial(ctx, plainly, network, addr)
		if err != nil {
			return nil, err
		}
		return wrapped(conn, c.Silence), nil
	}
}

// dial makes a connection, over TLS where the URL says so. The files that the URL names are read each time: certificates
// are renewed.
func (t *target) dial(ctx context.Context, plainly *net.Dialer, network, addr string) (net.Conn, error) {
	if t.tls == nil {
		return plainly.DialContext(ctx, network, addr)
	}
	config, err := t.files.load(t.tls)
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{NetDialer: plainly, Config: config}).DialContext(ctx, network, addr)
}
