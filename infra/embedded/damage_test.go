// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// pageSize is the size of a page of the file, in bytes.
const pageSize = 4096

// damages are the ways in which the tests change a page.
var damages = map[string]func(r *rand.Rand, page []byte){
	"a bit":        func(r *rand.Rand, page []byte) { page[r.IntN(len(page))] ^= 1 << r.IntN(8) },
	"a byte":       func(r *rand.Rand, page []byte) { page[r.IntN(len(page))] = byte(r.Uint32()) },
	"zeros":        func(_ *rand.Rand, page []byte) { clear(page) },
	"half zeros":   func(_ *rand.Rand, page []byte) { clear(page[len(page)/2:]) },
	"a few zeros":  func(r *rand.Rand, page []byte) { clear(page[r.IntN(len(page)):]) },
	"random bytes": func(r *rand.Rand, page []byte) { scramble(r, page) },
	"random end":   func(r *rand.Rand, page []byte) { scramble(r, page[r.IntN(len(page)):]) },
	"text":         func(_ *rand.Rand, page []byte) { copy(page, bytes.Repeat([]byte("tempskv "), len(page)/8)) },
}

func scramble(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

// damageWorld is a file with keys of every kind, and its content.
type damageWorld struct {
	path  string
	whole []byte
	keys  map[kv.Key]string
}

func newDamageWorld(t *testing.T) *damageWorld {
	t.Helper()
	w := &damageWorld{path: filepath.Join(t.TempDir(), "data.db"), keys: map[kv.Key]string{}}
	s, err := embedded.Open(t.Context(), w.path, embedded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var entries []kv.Entry
	for i := range 400 {
		key, value := keyOf(i), fmt.Sprintf(`"%d %s"`, i, strings.Repeat("v", i%200))
		switch {
		case i%40 == 0:
			value = fmt.Sprintf(`"%s"`, strings.Repeat(fmt.Sprint(i), 3000)) // on its own pages
		case i%41 == 0:
			key += kv.Key(strings.Repeat("k", 5000))
		}
		e := kv.Entry{Key: key, Value: kv.Value(value)}
		if i%3 == 0 {
			e.TTL = time.Hour * 24 * 365
		}
		w.keys[key] = value
		entries = append(entries, e)
	}
	if err := errors.Join(s.MSet(t.Context(), 1, entries), s.Close()); err != nil {
		t.Fatal(err)
	}
	if w.whole, err = os.ReadFile(w.path); err != nil {
		t.Fatal(err)
	}
	return w
}

// write writes the file, damaged, and returns what was done to it, empty if that changed nothing.
func (w *damageWorld) damage(t *testing.T, r *rand.Rand, kind string) string {
	t.Helper()
	b := bytes.Clone(w.whole)
	page := r.IntN(len(b) / pageSize)
	damages[kind](r, b[page*pageSize:][:pageSize])
	if bytes.Equal(b, w.whole) {
		return ""
	}
	// In place: a store may have the file open.
	f, err := os.OpenFile(w.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s in page %d", kind, page+1)
}

// check reads everything in every way: all is as it was stored, or refused. It returns how much was refused.
func (w *damageWorld) check(t *testing.T, s *embedded.Store, what string) (refused int) {
	t.Helper()
	bad := func(how string, got any, err error) {
		t.Helper()
		if !errors.Is(err, kv.ErrDamaged) {
			t.Errorf("%s: %s: %.60v, %v", what, how, got, err)
		}
		refused++
	}
	for key, value := range w.keys {
		if v, err := s.Get(t.Context(), 1, key); err != nil || string(v) != value {
			bad("get", string(v), err)
		}
		if n, err := s.Exists(t.Context(), 1, []kv.Key{key}); err != nil || n != 1 {
			bad("exists", n, err)
		}
		if d, err := s.TTL(t.Context(), 1, key); err != nil || d == kv.NoKey {
			bad("ttl", d, err)
		}
	}
	n := 0
	err := s.Export(t.Context(), 1, func(records []kv.Record) error {
		for _, r := range records {
			if n++; w.keys[r.Key] != string(r.Text) {
				t.Errorf("%s: exported %.60s: %.60s", what, r.Key, r.Text)
			}
		}
		return nil
	})
	if err != nil || n != len(w.keys) {
		bad("export", n, err)
	}
	return refused
}

// A file is damaged while it is not open: nothing is read that was not stored, nothing is missing without an error, and
// the scrub finds the damage, wherever it is.
func TestDamageOfAStoppedStore(t *testing.T) {
	t.Parallel()
	w := newDamageWorld(t)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 10 {
		for _, kind := range slices.Sorted(maps.Keys(damages)) {
			what := w.damage(t, r, kind)
			if what == "" {
				continue
			}
			e := embedded.NewEngine(filepath.Dir(w.path), embedded.Config{})
			store, err := e.Enable(t.Context(), engine.Settings{Provisioned: true})
			if err != nil {
				if !errors.Is(err, kv.ErrUnavailable) && !errors.Is(err, kv.ErrDamaged) {
					t.Errorf("%s: %v", what, err)
				}
				w.restore(t)
				continue
			}
			s := store.(*embedded.Store)
			if i%5 == 0 {
				w.check(t, s, what)
			}
			if err := s.Scrub(t.Context()); !errors.Is(err, kv.ErrDamaged) {
				t.Errorf("%s: the scrub found: %v", what, err)
			}
			server, err := e.Probe(t.Context())
			if !errors.Is(err, kv.ErrDamaged) || len(server.Warnings) != 1 || server.Warnings[0].Code != engine.WarnDamaged {
				t.Errorf("%s: the probe found %v, %v", what, server.Warnings, err)
			}
			if err := e.Disable(t.Context()); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			w.restore(t)
		}
	}
	s, err := embedded.Open(t.Context(), w.path, embedded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.check(t, s, "sound"); n != 0 || s.Scrub(t.Context()) != nil || s.Close() != nil {
		t.Errorf("%d calls were refused of what is sound", n)
	}
}

// restore writes the file as it was made.
func (w *damageWorld) restore(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(w.path, w.whole, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A file is damaged while a store has it open: what is in memory is returned, and what is not is refused.
func TestDamageOfARunningStore(t *testing.T) {
	t.Parallel()
	w := newDamageWorld(t)
	r := rand.New(rand.NewPCG(3, 4))
	for _, kind := range slices.Sorted(maps.Keys(damages)) {
		w.restore(t)
		s, err := embedded.Open(t.Context(), w.path, embedded.Config{})
		if err != nil {
			t.Fatal(err)
		}
		what := ""
		for what == "" {
			what = w.damage(t, r, kind)
		}
		refused := w.check(t, s, what)
		if err := s.Scrub(t.Context()); !errors.Is(err, kv.ErrDamaged) {
			t.Errorf("%s: the scrub found: %v, and %d calls were refused", what, err, refused)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
