// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// pipes is a listener in memory: its connections hold nothing, and inside a synctest bubble they have its clock.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// start serves h on pipes, by default with time to finish. The returned stop begins the draining and waits for its
// result.
func start(t *testing.T, cfg server.Config, h http.Handler) (p *pipes, stop func() error) {
	t.Helper()
	p = newPipes()
	cfg.ShutdownTimeout = cmp.Or(cfg.ShutdownTimeout, 30*time.Second)
	s := server.ListenOn(p, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, h, fastPaths...) }()
	return p, func() error {
		cancel()
		return <-served
	}
}

func (p *pipes) client(t *testing.T) *http.Client {
	tr := &http.Transport{DialContext: p.dial}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}
