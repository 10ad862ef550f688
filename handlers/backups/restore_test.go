// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// odd are keys and values that a careless format would change.
var odd = map[kv.Key]string{
	"plain": `1`, "float": `1.0`, "exponent": `1E400`, "big": `123456789012345678901234567890`, "null": `null`, "empty": `""`,
	"<script>&\"\\": `"<script>\u0026\ud83d\ude00\/"`, "line\nfeed\r\x00": "\"\u2028\"", "é\U0001F600": `{"b":1,"a":2,"b":3}`,
	kv.Key(strings.Repeat("k", kv.MaxKey)): `[[[]]]`, "large": `"` + strings.Repeat("x", 5<<20) + `"`,
	"three": `"` + strings.Repeat("3", maxAnswer/2) + `"`, "for two": `"` + strings.Repeat("2", maxAnswer/2) + `"`,
	"answers": `"` + strings.Repeat("a", maxAnswer/2) + `"`,
}

// TestFromEngineToEngine backs up one service and restores it into another, of either engine.
func TestFromEngineToEngine(t *testing.T) {
	t.Parallel()
	for _, from := range engines {
		for _, to := range engines {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()
				kept := t.TempDir()
				a := newWorld(t, from, kept)
				one, two := a.project("one", odd), a.project("two", map[kv.Key]string{"plain": `2`})
				token, _ := a.token(one)
				lives(t, a, one)
				m := a.create(0)
				if want := int64(len(odd) + 3); m.Keys != want || m.Credentials != 1 || m.PointInTime != (from == engine.Embedded) {
					t.Errorf("got %+v, want %d keys", m, want)
				}

				b := newWorld(t, to, kept)
				if v := b.whole(m.ID); v.Keys != m.Keys {
					t.Errorf("verified %d keys, want %d", v.Keys, m.Keys)
				}
				r := b.restore(m.ID, backups.RestoreOptions{})
				if r.Keys != m.Keys || r.Before != "" || r.Changed != 0 || r.Expired != 0 {
					t.Errorf("restored %+v, want %d keys", r, m.Keys)
				}
				for _, p := range []kv.ProjectID{one, two} {
					if diff := cmp.Diff(b.keys(p), a.keys(p)); diff != "" {
						t.Errorf("project %d: %.2000s", p, diff)
					}
				}
				if left, err := b.store().TTL(t.Context(), one, "lives"); err != nil || left < 50*time.Minute || left > time.Hour {
					t.Errorf("the key that expires has %v left, %v", left, err)
				}
				if p, err := b.control.Authenticate(t.Context(), token); err != nil || p.Project != one {
					t.Errorf("the token of the backup: %+v, %v", p, err)
				}
				if p, err := b.control.Project(t.Context(), two); err != nil || p.Name != "two" {
					t.Errorf("the project of the backup: %+v, %v", p, err)
				}
				if fresh := b.project("new", nil); fresh <= two {
					t.Errorf("a new project got the id %d", fresh)
				}
			})
		}
	}
}

// lives stores keys that expire within hours.
func lives(t *testing.T, w *world, p kv.ProjectID) {
	t.Helper()
	for key, d := range map[kv.Key]time.Duration{"lives": time.Hour, "lives longer": 2 * time.Hour} {
		if _, err := w.store().Set(t.Context(), p, key, kv.Value(`1`), kv.SetOptions{TTL: d}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBackInTime replaces what is there by what was, and has that too in a backup.
func TestBackInTime(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine, t.TempDir())
			before := map[kv.Key]string{"a": `1`, "b": `2`}
			one := w.project("one", before)
			token, id := w.token(one)
			m := w.create(0)

			w.set(one, map[kv.Key]string{"a": `3`, "c": `4`})
			if err := w.control.RevokeToken(t.Context(), one, id); err != nil {
				t.Fatal(err)
			}
			later := w.keys(one)
			if _, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{}); !errors.Is(err, kv.ErrConflict) {
				t.Errorf("without replace: %v", err)
			}
			if diff := cmp.Diff(w.keys(one), later); diff != "" {
				t.Errorf("a refused restore changed keys: %s", diff)
			}
			r := w.restore(m.ID, backups.RestoreOptions{Replace: true})
			if diff := cmp.Diff(w.keys(one), before); diff != "" {
				t.Error(diff)
			}
			if _, err := w.control.Authenticate(t.Context(), token); err != nil {
				t.Errorf("the token that was revoked since: %v", err)
			}
			w.restore(r.Before, backups.RestoreOptions{Replace: true, KeysOnly: true})
			if diff := cmp.Diff(w.keys(one), later); diff != "" {
				t.Errorf("back again: %s", diff)
			}
		})
	}
}

// TestOneProject restores the keys of one project into another, which never sees those of a third.
func TestOneProject(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine, t.TempDir())
			one, two := w.project("one", map[kv.Key]string{"a": `1`}), w.project("two", map[kv.Key]string{"a": `2`})
			empty, full := w.project("empty", nil), w.project("full", map[kv.Key]string{"z": `9`})
			whole, alone := w.create(0), w.create(two)
			if alone.Keys != 1 || alone.Credentials != 0 || alone.Project != two {
				t.Errorf("of one project: %+v", alone)
			}
			w.restore(whole.ID, backups.RestoreOptions{Project: one, Into: empty})
			if diff := cmp.Diff(w.keys(empty), map[kv.Key]string{"a": `1`}); diff != "" {
				t.Error(diff)
			}
			for name, tt := range map[string]struct {
				id   string
				o    backups.RestoreOptions
				want error
			}{
				"keys are there":     {alone.ID, backups.RestoreOptions{Into: full}, kv.ErrConflict},
				"no such project":    {alone.ID, backups.RestoreOptions{Into: 99}, kv.ErrProjectNotFound},
				"not in the backup":  {alone.ID, backups.RestoreOptions{Project: one}, kv.ErrConflict},
				"many into one":      {whole.ID, backups.RestoreOptions{Into: empty}, kv.ErrInvalid},
				"no such backup":     {"20300102T150405Z-aaaaaaaa", backups.RestoreOptions{}, kv.ErrBackupNotFound},
				"a path for an id":   {"../control", backups.RestoreOptions{}, kv.ErrBackupNotFound},
				"an empty string":    {"", backups.RestoreOptions{}, kv.ErrBackupNotFound},
				"the data file's id": {alone.ID + ".ndjson", backups.RestoreOptions{}, kv.ErrBackupNotFound},
			} {
				if _, err := w.Restore(t.Context(), tt.id, tt.o); !errors.Is(err, tt.want) {
					t.Errorf("%s: got %v, want %v", name, err, tt.want)
				}
			}
			r := w.restore(alone.ID, backups.RestoreOptions{Into: full, Replace: true})
			if diff := cmp.Diff(w.keys(full), map[kv.Key]string{"a": `2`}); diff != "" {
				t.Error(diff)
			}
			if replaced, err := w.Backup(t.Context(), r.Before); err != nil || replaced.Project != full || replaced.Keys != 1 {
				t.Errorf("what was replaced: %+v, %v", replaced, err)
			}
			if diff := cmp.Diff(w.keys(one), map[kv.Key]string{"a": `1`}); diff != "" {
				t.Errorf("another project: %s", diff)
			}
		})
	}
}

// TestTypesOfRedis takes a list from Redis to Redis, and to no other engine.
func TestTypesOfRedis(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	from := newWorld(t, engine.External, kept)
	one := from.project("one", map[kv.Key]string{"a": `1`})
	list := fmt.Sprintf("kv:p%d:list", one)
	if err := from.redis.Client().RPush(t.Context(), list, "x", "y").Err(); err != nil {
		t.Fatal(err)
	}
	m := from.create(0)
	if v := from.whole(m.ID); !cmp.Equal(v.Types, []string{"list"}) {
		t.Errorf("it holds the types %v", v.Types)
	}

	plain := newWorld(t, engine.Embedded, kept)
	_, err := plain.Restore(t.Context(), m.ID, backups.RestoreOptions{})
	if !errors.Is(err, kv.ErrNotSupported) || !strings.Contains(err.Error(), "1 of type list") {
		t.Errorf("into embedded: %v", err)
	}
	if ids, err := plain.store().ProjectIDs(t.Context()); err != nil || len(ids) > 0 {
		t.Errorf("a refused restore left keys of the projects %v, %v", ids, err)
	}
	if all, err := plain.control.ListProjects(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("a refused restore left the projects %v, %v", all, err)
	}

	to := newWorld(t, engine.External, kept)
	if r := to.restore(m.ID, backups.RestoreOptions{}); r.Keys != 2 {
		t.Errorf("restored %+v", r)
	}
	if got, err := to.redis.Client().LRange(t.Context(), list, 0, -1).Result(); err != nil || !cmp.Equal(got, []string{"x", "y"}) {
		t.Errorf("the list is %q, %v", got, err)
	}
}

// TestExpiredSince leaves out what has expired between the backup and its restore.
func TestExpiredSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	one := w.project("one", map[kv.Key]string{"stays": `1`})
	var m backups.Manifest
	for ttl := 2 * time.Second; m.Keys < 2; ttl *= 2 { // on a busy machine the key may be gone before it is backed up
		if _, err := w.store().Set(t.Context(), one, "goes", kv.Value(`1`), kv.SetOptions{TTL: ttl}); err != nil {
			t.Fatal(err)
		}
		m = w.create(0)
	}
	eventually(t, "the key expires", func() bool { return len(w.keys(one)) == 1 })
	if v := w.whole(m.ID); m.Keys != 2 || v.Expired != 1 {
		t.Errorf("%d keys, %d expired", m.Keys, v.Expired)
	}
	if r := w.restore(m.ID, backups.RestoreOptions{Replace: true}); r.Keys != 1 || r.Expired != 1 {
		t.Errorf("restored %+v", r)
	}
}
