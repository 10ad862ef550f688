// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		memory engine.Memory
		bytes  int64
		valid  bool
	}{
		{"", 0, true},
		{"0", 0, true},
		{"1", 1, true},
		{"100b", 100, true},
		{"1k", 1000, true},
		{"1kb", 1024, true},
		{"1m", 1e6, true},
		{"256mb", 256 << 20, true},
		{"1g", 1e9, true},
		{"1gb", 1 << 30, true},
		{"1GB", 1 << 30, true},
		{"2Mb", 2 << 20, true},
		{"007kb", 7 << 10, true},
		{"9223372036854775807", 1<<63 - 1, true},
		{"9223372036854775808", 0, false},
		{"8589934591gb", 8589934591 << 30, true},
		{"8589934592gb", 0, false},
		{"mb", 0, false},
		{"-1mb", 0, false},
		{"+1mb", 0, false},
		{"1.5gb", 0, false},
		{"1 gb", 0, false},
		{" 1gb", 0, false},
		{"1tb", 0, false},
		{"1bk", 0, false},
		{"1gbgb", 0, false},
		{"50%", 0, false},
		{"0x10", 0, false},
		{"1_000", 0, false},
		{"١mb", 0, false},
		{"1\u212Ab", 0, false}, // the Kelvin sign is a k in lower case
	} {
		err := tt.memory.Validate()
		if (err == nil) != tt.valid || err != nil && !errors.Is(err, kv.ErrInvalid) {
			t.Errorf("%q: %v, want valid %v", tt.memory, err, tt.valid)
		}
		if got := tt.memory.Bytes(); got != tt.bytes {
			t.Errorf("%q: %d bytes, want %d", tt.memory, got, tt.bytes)
		}
	}
}

func TestMemoryOf(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]engine.Memory{
		0: "0", 1: "1", 1000: "1000", 1024: "1kb", 1025: "1025", 3 << 20: "3mb", 3<<20 + 1024: "3073kb", 1 << 40: "1024gb",
	} {
		if got := engine.MemoryOf(bytes); got != want || got.Bytes() != bytes {
			t.Errorf("%d: %q, which is %d bytes, want %q", bytes, got, got.Bytes(), want)
		}
	}
}

func TestSettingsWith(t *testing.T) {
	t.Parallel()
	before := engine.Settings{
		Enabled: true, Engine: engine.Podman, Provisioned: true, DockerImage: "redis:7", MaxMemory: "1gb",
		Persistence: true, Eviction: engine.AllKeysLRU, RedisURL: "redis://a",
	}
	if diff := cmp.Diff(before, before.With(engine.Change{})); diff != "" {
		t.Errorf("a change of nothing: %s", diff)
	}
	after := before.With(engine.Change{
		Engine: new(engine.External), DockerImage: new(""), MaxMemory: new(engine.Memory("")), Persistence: new(false),
		Eviction: new(engine.NoEviction), RedisURL: new("redis://b"),
	})
	want := engine.Settings{
		Enabled: true, Engine: engine.External, Provisioned: true, Eviction: engine.NoEviction, RedisURL: "redis://b",
	}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Error(diff)
	}
}
