// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/runtime/config"
	"github.com/tempskv/tempskv/runtime/server"
)

// scrapes is the address that serves /metrics without authentication, nil if none is set.
type scrapes struct {
	*server.Server
	log *slog.Logger
}

// scrapeConnections bounds the connections to that address: few ask, and none of them often.
const scrapeConnections = 64

// listenForScrapes takes the address where one is set.
func listenForScrapes(ctx context.Context, cfg config.Config, log *slog.Logger) (*scrapes, error) {
	if cfg.MetricsAddr == "" {
		return nil, nil
	}
	s, err := server.Listen(ctx, server.Config{
		Addr: cfg.MetricsAddr, Setting: "--metrics-addr", ShutdownTimeout: time.Second, IdleTimeout: cfg.IdleTimeout,
		MaxConnections: scrapeConnections, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &scrapes{s, log}, nil
}

// close gives the address back where serve is not called.
func (s *scrapes) close() error {
	if s == nil {
		return nil
	}
	return s.Close()
}

// serve answers scrapes until the function that it returns is called: while the server drains, that is to be seen.
func (s *scrapes) serve(ctx context.Context, metrics http.Handler) (stop func()) {
	if s == nil {
		return func() {}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, mux) }()
	s.log.Info("metrics", "url", s.URL()+"/metrics")
	return func() {
		cancel()
		if err := <-ended; err != nil {
			s.log.Warn("metrics", "error", err)
		}
	}
}
