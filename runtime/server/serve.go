// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Drainer is a handler that can fail its readiness check, so that clients send it no more requests.
type Drainer interface{ Drain() }

// partTime is how long clients that have connections are given, after the last was accepted, for a request on each, whose
// response says that the connection is closed.
const partTime = 200 * time.Millisecond

// Serve serves requests with h until ctx ends, and then drains: it calls h.Drain if there is one, and from then on each response
// closes its connection. It accepts connections for DrainDelay more, and gives requests in flight ShutdownTimeout to finish. It
// returns nil if they all did.
//
// Requests with POST for fastPaths, which have no query, are served without net/http if they are of the usual form. The responses
// are the same. There h neither hijacks a connection nor sends trailers, a Transfer-Encoding, or a status without a body, and it
// keeps nothing of a request after it has returned: another one has its memory then.
func (s *Server) Serve(ctx context.Context, h http.Handler, fastPaths ...string) error {
	// Requests outlive ctx, whose end only begins to drain.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	srv := s.http(base, h)
	if s.cert != nil {
		defer handHTTP2(s.listener.Addr(), srv, s.http(base, h))()
		var watching sync.WaitGroup
		watching.Go(func() { s.cert.watch(base) })
		defer watching.Wait()
		defer cut()
	}
	f := s.newFast(base, srv, fastPaths)
	served := make(chan error, 1)
	go func() { served <- s.accept(srv, f) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", s.cfg.Addr, err)
	case <-ctx.Done():
	}
	err := s.drain(base, srv, f, h)
	cut()
	<-served
	return err
}

// accept returns when the listener is closed.
func (s *Server) accept(srv *http.Server, f *fast) error {
	if f != nil {
		var rest sync.WaitGroup
		rest.Go(func() { _ = srv.Serve(f.rest) }) // until f.rest is closed
		defer rest.Wait()
		err := f.accept(s.listener)
		if !errors.Is(err, net.ErrClosed) {
			_ = f.rest.Close() // else srv is shut down later
		}
		return err
	}
	if s.cert != nil {
		return srv.ServeTLS(s.listener, "", "")
	}
	return srv.Serve(s.listener)
}

func (s *Server) drain(base context.Context, srv *http.Server, f *fast, h http.Handler) error {
	if d, ok := h.(Drainer); ok {
		d.Drain()
	}
	s.draining.Store(true)
	time.Sleep(time.Duration(s.drainDelay.Load()))
	if err := s.listener.stop(); err != nil {
		s.log.Warn("stop listening", "error", err)
	}
	s.conns.awaitNone(partTime) // net/http would drop a request that it reads from now on
	timeout := time.Duration(s.shutdownTimeout.Load())
	ctx, cancel := context.WithTimeout(base, timeout)
	defer cancel()
	err := f.shutdown(ctx)
	if err == nil {
		err = srv.Shutdown(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		f.close()
		return errors.Join(fmt.Errorf("requests were cut off: they had not finished %s after shutdown began",
			timeout), srv.Close())
	}
	return err
}
