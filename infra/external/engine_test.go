// SPDX-License-Identifier: Apache-2.0

package external_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/external"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func TestSupports(t *testing.T) {
	t.Parallel()
	with := func(change func(s *kv.Settings)) kv.Settings {
		s := kv.DefaultSettings()
		s.RedisURL = "redis://127.0.0.1"
		change(&s)
		return s
	}
	for _, tt := range []struct {
		name       string
		settings   kv.Settings
		defaultURL string
		want       error
		field      string
	}{
		{"URL", with(func(*kv.Settings) {}), "", nil, ""},
		{"default URL", kv.DefaultSettings(), "redis://127.0.0.1", nil, ""},
		{"no URL", kv.DefaultSettings(), "", kv.ErrInvalid, "redis_url"},
		{"bad URL", with(func(s *kv.Settings) { s.RedisURL = "http://u:secret@h" }), "", kv.ErrInvalid, "redis_url"},
		{"image", with(func(s *kv.Settings) { s.DockerImage = "redis:8" }), "", kv.ErrNotSupported, "docker_image"},
		{"memory", with(func(s *kv.Settings) { s.MaxMemory = "1gb" }), "", kv.ErrNotSupported, "max_memory"},
		{"no memory limit", with(func(s *kv.Settings) { s.MaxMemory = "0" }), "", nil, ""},
		{"eviction", with(func(s *kv.Settings) { s.Eviction = kv.AllKeysLRU }), "", kv.ErrNotSupported, "eviction"},
		{"persistence", with(func(s *kv.Settings) { s.Persistence = false }), "", kv.ErrNotSupported, "persistence"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := external.NewEngine(external.Config{DefaultURL: tt.defaultURL}).Supports(tt.settings)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if err != nil && (!strings.Contains(err.Error(), tt.field) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("error %q, want one that names %s and holds no password", err, tt.field)
			}
		})
	}
}

func TestEnable(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first, second := redistest.Start(t), redistest.Start(t, "--requirepass", "p@ss word")
	e := external.NewEngine(external.Config{DefaultURL: first.URL, Store: redis.Config{Coalesce: true}})
	if _, err := e.Probe(ctx); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("Probe before Enable: %v, want %v", err, kv.ErrUnavailable)
	}
	from, to := kv.DefaultSettings(), kv.DefaultSettings()
	store, err := e.Enable(ctx, from)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if server, err := e.Probe(ctx); err != nil || server.Version == "" || server.UsedMemory == 0 {
		t.Errorf("Probe = %+v, %v", server, err)
	}
	if same, err := e.Update(ctx, from, to); same != nil || err != nil {
		t.Errorf("Update without a change = %v, %v", same, err)
	}
	to.RedisURL = "redis://:p%40ss%20word@" + second.Addr
	other, err := e.Update(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	first.Kill()
	if _, err := e.Probe(ctx); err != nil {
		t.Errorf("Probe after Update: %v", err)
	}
	if err := errors.Join(other.Close(), e.Disable(ctx)); err != nil {
		t.Error(err)
	}
	if _, err := e.Probe(ctx); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("Probe after Close: %v, want %v", err, kv.ErrUnavailable)
	}
}

func TestFixed(t *testing.T) {
	t.Parallel()
	e := external.NewEngine(external.Config{DefaultURL: "redis://127.0.0.1", Fixed: true})
	s := kv.DefaultSettings()
	if err := e.Supports(s); err != nil {
		t.Errorf("without redis_url: %v", err)
	}
	s.RedisURL = "redis://127.0.0.1"
	if err := e.Supports(s); !errors.Is(err, kv.ErrNotSupported) {
		t.Errorf("with redis_url: %v, want %v", err, kv.ErrNotSupported)
	}
}
