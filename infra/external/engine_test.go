// SPDX-License-Identifier: Apache-2.0

package external_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/external"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func TestSupports(t *testing.T) {
	t.Parallel()
	with := func(change func(s *engine.Settings)) engine.Settings {
		s := engine.DefaultSettings()
		s.RedisURL = "redis://127.0.0.1"
		change(&s)
		return s
	}
	for _, tt := range []struct {
		name       string
		settings   engine.Settings
		defaultURL string
		want       error
		field      string
	}{
		{"URL", with(func(*engine.Settings) {}), "", nil, ""},
		{"default URL", engine.DefaultSettings(), "redis://127.0.0.1", nil, ""},
		{"no URL", engine.DefaultSettings(), "", kv.ErrInvalid, "redis_url"},
		{"bad URL", with(func(s *engine.Settings) { s.RedisURL = "http://u:secret@h" }), "", kv.ErrInvalid, "redis_url"},
		{"image", with(func(s *engine.Settings) { s.DockerImage = "redis:8" }), "", kv.ErrNotSupported, "docker_image"},
		{"memory", with(func(s *engine.Settings) { s.MaxMemory = "1gb" }), "", kv.ErrNotSupported, "max_memory"},
		{"no memory limit", with(func(s *engine.Settings) { s.MaxMemory = "0" }), "", nil, ""},
		{"eviction", with(func(s *engine.Settings) { s.Eviction = engine.AllKeysLRU }), "", kv.ErrNotSupported, "eviction"},
		{"persistence", with(func(s *engine.Settings) { s.Persistence = false }), "", kv.ErrNotSupported, "persistence"},
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
	from, to := engine.DefaultSettings(), engine.DefaultSettings()
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

// TestUpdateChecks checks that a Redis without our keys is refused, and the one in use is kept.
func TestUpdateChecks(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	first, second := redistest.Start(t), redistest.Start(t)
	e := external.NewEngine(external.Config{DefaultURL: first.URL, Owner: func() string { return "us" }})
	from, to := engine.DefaultSettings(), engine.DefaultSettings()
	to.RedisURL = second.URL
	store, err := e.Enable(ctx, from)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for i := range 10 {
		if err := first.Client().Set(ctx, fmt.Sprint("kv:p1:", i), "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ key, value, says string }{
		{"", "", "kv:owner"},
		{redis.OwnerKey, "them", "another tempskv"},
		{redis.OwnerKey, "us", "holds 1 keys"},
	} {
		if step.key != "" {
			if err := second.Client().Set(ctx, step.key, step.value, 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := e.Update(ctx, from, to); s != nil || !errors.Is(err, kv.ErrConflict) || !strings.Contains(err.Error(), step.says) {
			t.Errorf("Update = %v, %v, want a conflict with %q", s, err, step.says)
		}
		if _, err := e.Probe(ctx); err != nil {
			t.Errorf("Probe after an Update that was refused: %v", err)
		}
	}
	first.Kill() // and the two cannot be compared
	other, err := e.Update(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := e.Probe(ctx); err != nil {
		t.Errorf("Probe after Update: %v", err)
	}
}

// TestLacking checks that a Redis without EVAL is refused at the first Enable, and causes a warning if it was in use
// before.
func TestLacking(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--rename-command", "EVAL", "")
	e := external.NewEngine(external.Config{DefaultURL: server.URL})
	s := engine.DefaultSettings()
	if _, err := e.Enable(t.Context(), s); !errors.Is(err, kv.ErrNotSupported) || !strings.Contains(err.Error(), "EVAL") {
		t.Errorf("Enable = %v, want a refusal that names EVAL", err)
	}
	s.Provisioned = true
	store, err := e.Enable(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	got, err := e.Probe(t.Context())
	warned := slices.ContainsFunc(got.Warnings, func(w engine.Warning) bool { return w.Code == engine.WarnScripts })
	if err != nil || !warned {
		t.Errorf("Probe = %+v, %v", got, err)
	}
}

func TestFixed(t *testing.T) {
	t.Parallel()
	e := external.NewEngine(external.Config{DefaultURL: "redis://127.0.0.1", Fixed: true})
	s := engine.DefaultSettings()
	if err := e.Supports(s); err != nil {
		t.Errorf("without redis_url: %v", err)
	}
	s.RedisURL = "redis://127.0.0.1"
	if err := e.Supports(s); !errors.Is(err, kv.ErrNotSupported) {
		t.Errorf("with redis_url: %v, want %v", err, kv.ErrNotSupported)
	}
}
