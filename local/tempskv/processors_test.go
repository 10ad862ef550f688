// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/processors"
)

// TestTuneProcessors is not parallel: what it sets is the process's.
func TestTuneProcessors(t *testing.T) {
	answered := func() uint64 { return 0 }
	chosen := func(name string) (string, bool) { return "", name == "GOMAXPROCS" }
	tuneProcessors(t.Context(), chosen, answered, slog.New(slog.DiscardHandler))()
	if got := runtime.GOMAXPROCS(0); got != processors.Available() {
		t.Errorf("with GOMAXPROCS set: %d processors", got)
	}
	end := tuneProcessors(t.Context(), func(string) (string, bool) { return "", false }, answered, slog.New(slog.DiscardHandler))
	for begun := time.Now(); runtime.GOOS == "linux" && runtime.GOMAXPROCS(0) != 1; time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("at rest: %d processors", runtime.GOMAXPROCS(0))
		}
	}
	end()
	if got := runtime.GOMAXPROCS(0); got != processors.Available() {
		t.Errorf("at the end: %d processors", got)
	}
}
