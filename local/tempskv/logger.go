// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/tempskv/tempskv/local/tracing"
	"github.com/tempskv/tempskv/runtime/config"
)

// newLogger returns the log of a server: lines of text for people at a terminal, JSON otherwise.
func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogText || cfg.LogFormat != config.LogJSON && isTerminal(w) {
		return slog.New(tracing.Log(slog.NewTextHandler(w, options)))
	}
	return slog.New(tracing.Log(slog.NewJSONHandler(w, options)))
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
