// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// TestDamage changes a backup in each way that a disk or a hand may. Verify says so, and a restore changes nothing.
func TestDamage(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(w *world, m backups.Manifest){
		"one bit": func(w *world, m backups.Manifest) {
			w.edit(m.ID+".ndjson.gz", func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		},
		"cut off": func(w *world, m backups.Manifest) {
			w.edit(m.ID+".ndjson.gz", func(b []byte) []byte { return b[:len(b)/2] })
		},
		"empty": func(w *world, m backups.Manifest) {
			w.edit(m.ID+".ndjson.gz", func([]byte) []byte { return nil })
		},
		"something behind": func(w *world, m backups.Manifest) {
			w.edit(m.ID+".ndjson.gz", func(b []byte) []byte { return append(b, "more"...) })
		},
		"a line less": func(w *world, m backups.Manifest) { w.rewrite(m, func(s string) string { return cutLine(s, `"key"`) }) },
		"no end":      func(w *world, m backups.Manifest) { w.rewrite(m, func(s string) string { return cutLine(s, `"end"`) }) },
		"no header": func(w *world, m backups.Manifest) {
			w.rewrite(m, func(s string) string { return cutLine(s, `"header"`) })
		},
		"no JSON": func(w *world, m backups.Manifest) {
			w.rewrite(m, func(s string) string { return strings.Replace(s, `"value"`, `value`, 1) })
		},
		"data gone": func(w *world, m backups.Manifest) {
			if err := os.Remove(filepath.Join(w.dir, m.ID+".ndjson.gz")); err != nil {
				w.t.Fatal(err)
			}
		},
		"a count":       func(w *world, m backups.Manifest) { w.editManifest(m.ID, "keys", m.Keys+1) },
		"another's id":  func(w *world, m backups.Manifest) { w.editManifest(m.ID, "id", "20300102T150405Z-aaaaaaaa") },
		"no manifest's": func(w *world, m backups.Manifest) { w.edit(m.ID+".json", func([]byte) []byte { return []byte("{") }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine.Embedded, t.TempDir())
			keys := map[kv.Key]string{"a": `"secret"`, "b": `2`, "c": `3`}
			one := w.project("one", keys)
			m := w.create(0)
			damage(w, m)
			v, err := w.Verify(t.Context(), m.ID)
			if err != nil || v.Problem == "" || strings.Contains(v.Problem, "secret") {
				t.Errorf("verify: %q, %v", v.Problem, err)
			}
			if _, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{Replace: true}); !errors.Is(err, kv.ErrBackupDamaged) {
				t.Errorf("restore: %v", err)
			}
			if diff := cmp.Diff(w.keys(one), keys); diff != "" {
				t.Errorf("keys changed: %s", diff)
			}
			if all, err := w.List(t.Context()); err != nil || len(all) != 1 {
				t.Errorf("list: %v, %v", all, err)
			}
			if err := w.Delete(t.Context(), m.ID); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
	}
}

// rewrite changes the lines of a backup, and makes the sums right again.
func (w *world) rewrite(m backups.Manifest, f func(string) string) {
	w.t.Helper()
	w.edit(m.ID+".ndjson.gz", func(b []byte) []byte {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			w.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			w.t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write([]byte(f(string(text)))); err != nil {
			w.t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			w.t.Fatal(err)
		}
		w.editManifest(m.ID, "size", packed.Len())
		w.editManifest(m.ID, "sha256", sum(packed.Bytes()))
		return packed.Bytes()
	})
}

// cutLine takes the first line that holds the text out.
func cutLine(lines, text string) string {
	var b strings.Builder
	cut := false
	for line := range strings.Lines(lines) {
		if !cut && strings.Contains(line, text) {
			cut = true
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

// A later format is refused by what it is.
func TestLaterFormat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	w.project("one", map[kv.Key]string{"a": `1`})
	m := w.create(0)
	w.editManifest(m.ID, "format", 2)
	_, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{Replace: true})
	if !errors.Is(err, kv.ErrNotSupported) || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("got %v", err)
	}
}

func sum(b []byte) string {
	digest := sha256.Sum256(b)
	return hex.EncodeToString(digest[:])
}
