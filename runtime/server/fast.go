// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/runtime/server/fastpath"
)

// fast serves requests of the usual form for some paths. A connection goes to net/http with its first request of another form,
// and stays there.
type fast struct {
	http  *http.Server // its handler, and the times that connections have
	paths fastpath.Paths
	tls   *tls.Config // nil: plain HTTP
	base  context.Context
	dates fastpath.Dates
	conns *connections
	rest  *handoff

	closing atomic.Bool
	cut     atomic.Bool // the contexts of requests have ended

	mu   sync.Mutex
	open map[*fastConn]struct{}
	none sync.Once
	gone chan struct{} // closed when none is open and closing is set
}

// newFast returns the fast path of one Serve, in front of srv, which has to serve rest. It is nil if there is none.
func (s *Server) newFast(base context.Context, srv *http.Server, paths []string) *fast {
	if len(paths) == 0 {
		return nil
	}
	f := &fast{
		http: srv, paths: fastpath.NewPaths(paths...), tls: s.cert.config(), conns: s.conns,
		base: context.WithValue(base, http.ServerContextKey, srv),
		rest: newHandoff(s.listener.Addr()),
		open: map[*fastConn]struct{}{}, gone: make(chan struct{}),
	}
	context.AfterFunc(base, f.cancel)
	if f.tls != nil {
		f.tls.NextProtos = []string{"h2", "http/1.1"}
		srv.TLSConfig = f.tls.Clone() // net/http adds to it
	}
	return f
}

// Accept retries after these times when the process or the machine has no more files, as net/http does.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// accept serves the connections of l until it is closed.
func (f *fast) accept(l net.Listener) error {
	pause := firstPause
	for {
		c, err := l.Accept()
		if temporary, ok := err.(interface{ Temporary() bool }); ok && temporary.Temporary() {
			f.http.ErrorLog.Printf("http: Accept error: %v; retrying in %v", err, pause)
			time.Sleep(pause)
			pause = min(2*pause, lastPause)
			continue
		}
		if err != nil {
			return err
		}
		pause = firstPause
		go f.add(c.(*conn)).serve()
	}
}

func (f *fast) add(c *conn) *fastConn {
	made := newFastConn(f, c)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[made] = struct{}{}
	return made
}

// remove forgets a connection that is closed, or has gone to net/http.
func (f *fast) remove(c *fastConn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, c)
	f.check()
}

func (f *fast) check() {
	if f.closing.Load() && len(f.open) == 0 {
		f.none.Do(func() { close(f.gone) })
	}
}

// shutdown closes idle connections, and waits until the others have finished their requests or gone to net/http. No connection
// is accepted any more. An error is that of ctx.
func (f *fast) shutdown(ctx context.Context) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	f.closing.Store(true)
	for c := range f.open {
		c.closeIdle()
	}
	f.check()
	f.mu.Unlock()
	select {
	case <-f.gone:
	case <-ctx.Done():
	}
	select {
	case <-f.gone: // also if there was no time
		return nil
	default:
		return ctx.Err()
	}
}

// cancel ends the contexts of all requests.
func (f *fast) cancel() {
	f.cut.Store(true)
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.open {
		c.watch.cancel()
	}
}

// close closes all connections.
func (f *fast) close() {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.open {
		_ = c.conn.Conn.Close()
	}
}

// resumed is a TLS connection of which something was read already.
type resumed struct {
	*tls.Conn
	unread []byte
}

// Read reads what was read already, and then from the connection.
func (r *resumed) Read(p []byte) (int, error) {
	if len(r.unread) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}
