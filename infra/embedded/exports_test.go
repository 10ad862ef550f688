// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// TestSlowExportsEnd has four exports wait for readers that take nothing, while another project writes: the log gets short
// again, although nobody ever reads, and the log of the server names whose exports were ended.
func TestSlowExportsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var log lockedBuffer
	s := open(t, dir, embedded.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	for p := range kv.ProjectID(5) {
		if _, err := s.Set(t.Context(), p+1, "a", valueOf(1000), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	const slow = 4
	reading, taken, ended := make(chan struct{}), make(chan struct{}), make(chan error, slow)
	for p := range kv.ProjectID(slow) {
		go func() {
			ended <- s.Export(t.Context(), p+1, func([]kv.Record) error { reading <- struct{}{}; <-taken; return nil })
		}()
		<-reading
	}
	const short = 60 << 20
	for grown, deadline := false, time.Now().Add(2*time.Minute); ; {
		if _, err := s.Set(t.Context(), 5, "large", valueOf(1<<20), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(filepath.Join(dir, "data.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		if grown && fi.Size() < short {
			break
		}
		if grown = grown || fi.Size() > short; time.Now().After(deadline) {
			t.Fatalf("the log is %d MiB long", fi.Size()>>20)
		}
	}
	close(taken)
	for range slow {
		err := <-ended
		if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, "was ended") {
			t.Errorf("an export that was ended: %v", err)
		}
	}
	if n := strings.Count(log.String(), "an export was ended"); n != slow || !strings.Contains(log.String(), "project=4") {
		t.Errorf("the log names %d exports: %s", n, log.String())
	}
	keys := 0
	if err := s.Export(t.Context(), 5, func(r []kv.Record) error { keys += len(r); return nil }); err != nil || keys != 2 {
		t.Errorf("another export after that: %d keys, %v", keys, err)
	}
}

// TestStuckBackupsEnd has an export of all projects wait for a reader that takes nothing, as where a bucket stalls, while a
// project writes: it is ended by name, and the log gets short again.
func TestStuckBackupsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var log lockedBuffer
	s := open(t, dir, embedded.Config{StallTime: time.Nanosecond, Log: slog.New(slog.NewTextHandler(&log, nil))})
	write := func() int64 {
		t.Helper()
		if _, err := s.Set(t.Context(), 1, "large", valueOf(8<<20), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(filepath.Join(dir, "data.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return fi.Size()
	}
	write()
	reading, taken, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Export(t.Context(), 0, func([]kv.Record) error { reading <- struct{}{}; <-taken; return nil })
	}()
	<-reading
	const long = 256 << 20
	grown := false
	for deadline := time.Now().Add(2 * time.Minute); ; {
		size := write()
		if grown && size < long {
			break
		}
		if grown = grown || size >= long; time.Now().After(deadline) {
			t.Fatalf("the log is %d MiB long: %s", size>>20, log.String())
		}
	}
	if !strings.Contains(log.String(), "an export was ended") {
		t.Errorf("the log of the server does not say so: %s", log.String())
	}
	close(taken)
	err := <-ended
	if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, "the export of all projects, as for a backup, was ended") {
		t.Errorf("got %v", err)
	}
	keys := 0
	if err := s.Export(t.Context(), 0, func(r []kv.Record) error { keys += len(r); return nil }); err != nil || keys != 1 {
		t.Errorf("the next one: %d keys, %v", keys, err)
	}
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestExportThatPanics lets the reader of an export panic, as the handler of a response may: the store goes on.
func TestExportThatPanics(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	if _, err := s.Set(t.Context(), 1, "a", kv.Value(`1`), kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if cause := recover(); cause != "reader" {
				t.Errorf("recovered %v", cause)
			}
		}()
		_ = s.Export(t.Context(), 1, func([]kv.Record) error { panic("reader") })
	}()
	n := 0
	err := s.Export(t.Context(), 1, func(some []kv.Record) error { n += len(some); return nil })
	if n != 1 || err != nil {
		t.Errorf("the next export: %d keys, %v", n, err)
	}
}
