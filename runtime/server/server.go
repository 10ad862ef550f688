// SPDX-License-Identifier: Apache-2.0

// Package server serves a handler over HTTP and HTTPS on one machine: it listens, bounds what a slow or hostile client may
// hold, logs, and drains. It knows nothing about what it serves. The self-hosted main imports it.
package server

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

const (
	headerTimeout = 5 * time.Second
	headerBytes   = 16 << 10
	// bodyReadTimeout is how long the rest of a body may take after the response.
	bodyReadTimeout = 5 * time.Second
	// maxStreams bounds the requests of an HTTP/2 connection at a time. What they sent and no handler has read yet is bounded
	// in bytes: of each, and of all together.
	maxStreams          = 100
	streamReceiveBuffer = 256 << 10
	connReceiveBuffer   = 1 << 20
	// defaultIdle is longer than common load balancers keep idle connections, 60 to 600 s: one that closes first never sends
	// a request on a connection that the server is closing.
	defaultIdle = 620 * time.Second
)

// Config is the configuration of Listen. Only Addr is required.
type Config struct {
	// Addr is the host:port to listen on; port 0 takes a free one.
	Addr string
	// Setting is what errors call Addr. Default: --addr.
	Setting string
	// CertFile and KeyFile are PEM files; both empty means plain HTTP. When the files change, new connections get the new
	// certificate, unless it cannot be used, which the log says.
	CertFile, KeyFile string
	// CertificateChanged is called with a new certificate, as DER, while Serve runs. Default: nobody asks.
	CertificateChanged func(der []byte)
	// DrainDelay is how long connections are still accepted after Drain was called, for clients that watch readiness. Each
	// response then closes its connection, so that clients with a pool of them leave too.
	DrainDelay time.Duration
	// ShutdownTimeout is how long requests in flight have to finish after that.
	ShutdownTimeout time.Duration
	// IdleTimeout is how long a connection is kept between two requests. Default: 620 s.
	IdleTimeout time.Duration
	// MinRate is the slowest, in bytes a second, that a client may send a body or take a response, over Grace. The streams of
	// an HTTP/2 connection share it. Time counts only while the client is waited for; there is no limit for a body or a
	// response as a whole. Default: 16 KiB a second, over 10 s.
	MinRate int64
	Grace   time.Duration
	// MaxConnections is how many connections may be open. For one more, the one that has been idle longest is closed; if none
	// is idle, the new one is closed at once. Three quarters of them may be from one address (of IPv6, from one network of 64
	// bits). Default: seven eighths of the files that the process may open, at most 16384 and one for 128 KiB of Memory.
	MaxConnections int
	// Memory is how many bytes the process may take. Default: it is not known.
	Memory int64
	// TrustedProxies are those whose X-Forwarded-For is believed: RemoteAddr of a request is then the client's. Default: none.
	TrustedProxies []netip.Prefix
	// Around wraps the handler of all requests, including their lines in the log. Default: none.
	Around func(http.Handler) http.Handler
	// Log receives panics and errors of connections, and at debug level a line for each request. Default: none.
	Log *slog.Logger
}

// Server is a listening server. Serve or Close ends it.
type Server struct {
	cfg      Config
	log      *slog.Logger
	rate     rate
	listener *listener
	conns    *connections
	draining atomic.Bool

	drainDelay, shutdownTimeout atomic.Int64 // time.Duration
	cert                        *certificate // nil: plain HTTP
}

// Listen starts to listen, so that connections wait for Serve from now on. Errors say what to do about them.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	cert, err := loadTLS(cfg.CertFile, cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{Control: tune}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, explain(err, cfg.Addr, cmp.Or(cfg.Setting, "--addr"))
	}
	return newServer(l, cert, cfg), nil
}

func newServer(l net.Listener, cert *certificate, cfg Config) *Server {
	r := rate{cmp.Or(cfg.MinRate, defaultRate), cmp.Or(cfg.Grace, defaultGrace)}
	log := cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	if cert != nil {
		cert.log, cert.changed = log, cfg.CertificateChanged
	}
	conns := newConnections(cmp.Or(cfg.MaxConnections, defaultConnections(cfg.Memory)), log)
	conns.trusted = cfg.TrustedProxies
	s := &Server{
		cfg:      cfg,
		log:      log,
		rate:     r,
		listener: newListener(l, r, conns),
		conns:    conns,
		cert:     cert,
	}
	s.drainDelay.Store(int64(cfg.DrainDelay))
	s.shutdownTimeout.Store(int64(cfg.ShutdownTimeout))
	return s
}

// Adjust changes what may change while Serve runs: MaxConnections, DrainDelay and ShutdownTimeout of its Config.
func (s *Server) Adjust(maxConnections int, drainDelay, shutdownTimeout time.Duration) {
	s.conns.limit(cmp.Or(maxConnections, defaultConnections(s.cfg.Memory)))
	s.drainDelay.Store(int64(drainDelay))
	s.shutdownTimeout.Store(int64(shutdownTimeout))
}

// Connections is the state of the connections of a server.
type Connections struct {
	Open, Max int    // now, and at most
	Refused   uint64 // so far, since too many were open
}

// Connections returns their state.
func (s *Server) Connections() Connections { return s.conns.count() }

// Close stops listening if Serve is not called.
func (s *Server) Close() error { return s.listener.Close() }

// http returns the net/http server of one Serve. The contexts of its requests descend from base.
func (s *Server) http(base context.Context, h http.Handler) *http.Server {
	wrapped := s.wrap(h)
	if s.cfg.Around != nil {
		wrapped = s.cfg.Around(wrapped)
	}
	if len(s.cfg.TrustedProxies) > 0 {
		wrapped = s.behindProxies(wrapped)
	}
	return &http.Server{
		Handler:           wrapped,
		TLSConfig:         s.cert.config(),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       cmp.Or(s.cfg.IdleTimeout, defaultIdle),
		MaxHeaderBytes:    headerBytes,
		ConnContext:       withConn,
		ConnState:         s.conns.state,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          maxStreams,
			MaxReadFrameSize:              streamPiece,
			MaxReceiveBufferPerConnection: connReceiveBuffer,
			MaxReceiveBufferPerStream:     streamReceiveBuffer,
		},
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    connectionLog(s.log),
	}
}
