// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/runtime/config"
)

func TestPlanMemory(t *testing.T) {
	t.Parallel()
	cfg := config.Config{CacheMemory: -1, MaxValue: 10 << 20, MaxBody: 16 << 20, MaxAnswer: 16 << 20}
	small, chosen := cfg, cfg
	small.MaxBody, small.MaxAnswer = 1<<20, 11<<20
	chosen.RequestMemory, chosen.CacheMemory = 1<<30, 0
	for _, tt := range []struct {
		name      string
		cfg       config.Config
		available int64
		want      memoryPlan
	}{
		{"a machine", cfg, 16 << 30, memoryPlan{256 << 20, 256 << 20, 768 << 20}},
		{"1 GiB", cfg, 1 << 30, memoryPlan{256 << 20, 128 << 20, 512 << 20}},
		{"1 GiB of addresses", cfg, ofAddresses[int64](1 << 30), memoryPlan{192 << 20, 96 << 20, 384 << 20}},
		{"512 MiB", cfg, 512 << 20, memoryPlan{128 << 20, 64 << 20, 256 << 20}},
		{"256 MiB, the largest request", cfg, 256 << 20, memoryPlan{66 << 20, 32 << 20, 128 << 20}},
		{"128 MiB, smaller requests", small, 128 << 20, memoryPlan{46 << 20, 16 << 20, 73.5 * (1 << 20)}},
		{"chosen", chosen, 16 << 30, memoryPlan{1 << 30, 0, 1280 << 20}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, planMemory(tt.cfg, tt.available)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAvailableMemory checks that limits of the process are looked at: the machine that runs tests has no terabytes.
func TestAvailableMemory(t *testing.T) {
	t.Parallel()
	if n := availableMemory(); n < 64<<20 || n > 1<<46 {
		t.Errorf("the program can have %d bytes", n)
	}
}

// TestTuneGC is not parallel: what it sets is the process's.
func TestTuneGC(t *testing.T) {
	const percent, limit, planned = 77, 3 << 30, 1 << 30
	defer debug.SetGCPercent(debug.SetGCPercent(percent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	for _, tt := range []struct {
		variable    string
		wantPercent int
		wantLimit   int64
	}{
		{"GOGC", percent, planned},
		{"GOMEMLIMIT", gcPercent, limit},
		{"PATH", gcPercent, planned},
	} {
		tuneGC(memoryPlan{Limit: planned}, func(name string) (string, bool) { return "", name == tt.variable })
		gotPercent, gotLimit := debug.SetGCPercent(percent), debug.SetMemoryLimit(limit)
		if gotPercent != tt.wantPercent || gotLimit != tt.wantLimit {
			t.Errorf("%s is set: got %d%% and %d bytes, want %d%% and %d",
				tt.variable, gotPercent, gotLimit, tt.wantPercent, tt.wantLimit)
		}
	}
}
