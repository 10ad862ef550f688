// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"
)

const (
	// maxLogLines is how many lines wait for a slow reader of the log; more are dropped.
	maxLogLines = 512
	// logFlushTime is how long the end of the program waits for them.
	logFlushTime = time.Second
)

// logWriter writes the lines of a log from its own goroutine, so that a reader that is slow, stuck or gone holds up nobody who
// logs. Lines that it does not take are dropped and counted.
type logWriter struct {
	to      io.Writer
	report  func(dropped int64)
	lines   chan []byte // nil is the last
	dropped atomic.Int64
	ended   chan struct{}
}

// newLogWriter returns a writer to be closed. It calls report when lines were dropped and to takes some again.
func newLogWriter(to io.Writer, report func(dropped int64)) *logWriter {
	w := &logWriter{to: to, report: report, lines: make(chan []byte, maxLogLines), ended: make(chan struct{})}
	go w.run()
	return w
}

// Write takes one line. It never fails.
func (w *logWriter) Write(line []byte) (int, error) {
	select {
	case w.lines <- bytes.Clone(line):
	default:
		w.dropped.Add(1)
	}
	return len(line), nil
}

func (w *logWriter) run() {
	defer close(w.ended)
	for line := range w.lines {
		if line == nil {
			return
		}
		_, _ = w.to.Write(line) // nowhere is left to report it
		if n := w.dropped.Swap(0); n > 0 {
			w.report(n)
		}
	}
}

// close writes what waits, unless that takes too long. Later lines are dropped.
func (w *logWriter) close() {
	late := time.NewTimer(logFlushTime)
	defer late.Stop()
	select {
	case w.lines <- nil:
	case <-late.C:
		return
	}
	select {
	case <-w.ended:
	case <-late.C:
	}
}
