// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/tls"
	"net"
	"syscall"
	"time"

	"github.com/tempskv/tempskv/infra/egress"
)

// keepAlive finds a server that is gone, between calls, before a firewall forgets the connection: it is go-redis's.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 5 * time.Second, Count: 3}

// dialer returns what makes the connections, to what the URL names and to what Sentinels and Clusters send us to.
func (t *target) dialer(c Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	plainly := &net.Dialer{Timeout: c.DialTimeout, KeepAliveConfig: keepAlive, Control: egress.Control}
	dial := plainly.DialContext
	if t.tls != nil {
		dial = (&tls.Dialer{NetDialer: plainly, Config: t.tls}).DialContext
	}
	if c.Silence == 0 {
		return dial
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		i := &impatient{Conn: conn, silence: c.Silence}
		if raw, ok := conn.(syscall.Conn); ok {
			return plain{i, raw}, nil
		}
		return i, nil
	}
}
