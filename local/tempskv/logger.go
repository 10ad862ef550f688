// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"log/slog"

	"github.com/tempskv/tempskv/local/tracing"
	"github.com/tempskv/tempskv/runtime/config"
)

// serverLog is the log of a server, to be closed.
type serverLog struct {
	*slog.Logger
	level  *slog.LevelVar
	writer *logWriter
}

// openLog returns the log of a server: lines of text for people at a terminal, JSON otherwise.
func openLog(cfg config.Config, to io.Writer) serverLog {
	l := serverLog{level: new(slog.LevelVar)}
	l.level.Set(cfg.LogLevel)
	options := &slog.HandlerOptions{Level: l.level}
	logTo := func(w io.Writer) *slog.Logger {
		if cfg.LogFormat == config.LogText || cfg.LogFormat != config.LogJSON && isTerminal(to) {
			return slog.New(tracing.Log(slog.NewTextHandler(w, options)))
		}
		return slog.New(tracing.Log(slog.NewJSONHandler(w, options)))
	}
	direct := logTo(to)
	l.writer = newLogWriter(to, func(lines int64) {
		direct.Warn("lines of this log were dropped, since its reader is slow", "lines", lines)
	})
	l.Logger = logTo(l.writer)
	return l
}

// close writes the lines that wait.
func (l serverLog) close() { l.writer.close() }
