// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// openEngine returns the store of an engine that is enabled with the settings, and a function that
// returns the bytes in use.
func openEngine(t *testing.T, settings engine.Settings, c embedded.Config) (s kv.Store, used func() int64) {
	t.Helper()
	e := embedded.NewEngine(t.TempDir(), c)
	s, err := e.Enable(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, func() int64 { return probe(t, e).UsedMemory }
}

func probe(t *testing.T, e *embedded.Engine) engine.Server {
	t.Helper()
	server, err := e.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func TestSupports(t *testing.T) {
	t.Parallel()
	e := embedded.NewEngine(t.TempDir(), embedded.Config{})
	for _, tt := range []struct {
		field  string
		change func(s *engine.Settings)
		want   error
	}{
		{"", func(s *engine.Settings) {}, nil},
		{"", func(s *engine.Settings) { s.MaxMemory = "256mb" }, nil},
		{"", func(s *engine.Settings) { s.Eviction = "" }, nil},
		{"eviction", func(s *engine.Settings) { s.Eviction = engine.AllKeysLRU }, kv.ErrNotSupported},
		{"eviction", func(s *engine.Settings) { s.Eviction = engine.VolatileLRU }, kv.ErrNotSupported},
		{"docker_image", func(s *engine.Settings) { s.DockerImage = "redis" }, kv.ErrNotSupported},
		{"redis_url", func(s *engine.Settings) { s.RedisURL = "redis://h" }, kv.ErrNotSupported},
		{"persistence", func(s *engine.Settings) { s.Persistence = false }, kv.ErrNotSupported},
		{"max_memory", func(s *engine.Settings) { s.MaxMemory = "much" }, kv.ErrInvalid},
	} {
		s := engine.DefaultSettings()
		tt.change(&s)
		err := e.Supports(s)
		r, refusal := errors.AsType[*kv.Refusal](err)
		if !errors.Is(err, tt.want) || tt.want != nil && (!refusal || !strings.Contains(r.Detail, tt.field)) {
			t.Errorf("%s: %v, want a refusal of kind %v that names it", tt.field, err, tt.want)
		}
	}
}

func TestEngineOffAndOn(t *testing.T) {
	t.Parallel()
	e := embedded.NewEngine(t.TempDir(), embedded.Config{})
	ctx, settings := t.Context(), engine.DefaultSettings()
	if _, err := e.Probe(ctx); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("Probe before Enable: %v", err)
	}
	for round := range 3 {
		s, err := e.Enable(ctx, settings)
		if err != nil {
			t.Fatal(err)
		}
		settings.Provisioned = true
		if n, err := s.Incr(ctx, 1, "rounds", 1, 0); n != int64(round+1) || err != nil {
			t.Errorf("round %d: %d, %v", round, n, err)
		}
		if got := probe(t, e); !regexp.MustCompile(`^SQLite 3\.\d+\.\d+$`).MatchString(got.Version) || got.UsedMemory != 64+6+1 {
			t.Errorf("Probe: %+v", got)
		}
		if round == 0 { // a second Enable without Disable reopens the store
			continue
		}
		if err := errors.Join(s.Close(), e.Disable(ctx), e.Disable(ctx)); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Probe(ctx); !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("Probe after Disable: %v", err)
		}
	}
}

func TestDataThatIsGone(t *testing.T) {
	t.Parallel()
	other := t.TempDir()
	open(t, other, embedded.Config{})
	withoutLog, err := os.ReadFile(filepath.Join(other, "data.db")) // all its content is in the log so far
	if err != nil || len(withoutLog) == 0 {
		t.Fatalf("a file of %d bytes, %v", len(withoutLog), err)
	}
	for _, tt := range []struct {
		name  string
		files map[string][]byte
	}{
		{"missing", nil},
		{"empty", map[string][]byte{"data.db": nil}},
		{"empty next to its log", map[string][]byte{"data.db": nil, "data.db-wal": []byte("log")}},
		{"without its log", map[string][]byte{"data.db": withoutLog}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantGone(t, tt.files)
		})
	}
}

// wantGone checks that an engine whose directory should hold its data refuses the files, and leaves them as they are.
func wantGone(t *testing.T, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings := engine.DefaultSettings()
	settings.Provisioned = true
	for range 2 {
		_, err := embedded.NewEngine(dir, embedded.Config{}).Enable(t.Context(), settings)
		r, ok := errors.AsType[*kv.Refusal](err)
		if !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, filepath.Join(dir, "data.db")) {
			t.Errorf("Enable: %v", err)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != len(files) {
		t.Errorf("files %q, %v, want %d", names, err, len(files))
	}
	for name, content := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != string(content) || err != nil {
			t.Errorf("%s has changed: %d bytes, %v", name, len(got), err)
		}
	}
}
