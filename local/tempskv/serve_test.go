// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime/debug"
	"testing"
)

// TestTuneGC is not parallel: what it sets is the process's.
func TestTuneGC(t *testing.T) {
	const percent, limit = 77, 3 << 30
	defer debug.SetGCPercent(debug.SetGCPercent(percent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	for _, tt := range []struct {
		variable    string
		wantPercent int
		wantLimit   int64
	}{
		{"GOGC", percent, memoryLimit},
		{"GOMEMLIMIT", gcPercent, limit},
		{"PATH", gcPercent, memoryLimit},
	} {
		tuneGC(func(name string) (string, bool) { return "", name == tt.variable })
		gotPercent, gotLimit := debug.SetGCPercent(percent), debug.SetMemoryLimit(limit)
		if gotPercent != tt.wantPercent || gotLimit != tt.wantLimit {
			t.Errorf("%s is set: got %d%% and %d bytes, want %d%% and %d",
				tt.variable, gotPercent, gotLimit, tt.wantPercent, tt.wantLimit)
		}
	}
}
