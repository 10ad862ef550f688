// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// manyKeys is how many keys an update has to copy.
const manyKeys = 100_000

// fill stores n keys, and returns the digest of them all.
func (w *world) fill(store kv.Store, n int) string {
	w.t.Helper()
	var entries []kv.Entry
	for i := range n {
		entries = append(entries, kv.Entry{
			Key: kv.Key(fmt.Sprintf("key:%d", i)), Value: kv.Value(fmt.Sprintf(`{"n":%d}`, i)),
		})
	}
	for some := range slices.Chunk(entries, 1000) {
		if err := store.MSet(w.ctx(), 1, some); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.digest(store, n)
}

// digest reads the keys that fill stored, and returns a digest of their values.
func (w *world) digest(store kv.Store, n int) string {
	w.t.Helper()
	sum := sha256.New()
	var keys []kv.Key
	for i := range n {
		keys = append(keys, kv.Key(fmt.Sprintf("key:%d", i)))
	}
	for some := range slices.Chunk(keys, 1000) {
		values, err := store.MGet(w.ctx(), 1, some)
		if err != nil {
			w.t.Fatal(err)
		}
		for i, v := range values {
			fmt.Fprintf(sum, "%s=%s\n", some[i], v)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// update updates the engine as the lifecycle does: prepared while the store serves, then with the store closed. It
// returns the new store, and how long there was no store.
func (w *world) update(store kv.Store, from, to engine.Settings) (kv.Store, time.Duration, error) {
	w.t.Helper()
	if _, err := w.engine.Prepare(w.ctx(), from, to); err != nil {
		return store, 0, err
	}
	start := time.Now()
	_ = store.Close()
	next, err := w.engine.Update(w.ctx(), from, to)
	if err != nil {
		return nil, 0, err
	}
	w.t.Cleanup(func() { _ = next.Close() })
	return next, time.Since(start), nil
}

// confirm starts the watch, which removes what an update replaced.
func (w *world) confirm() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.ctx())
	done := make(chan error, 1)
	go func() { done <- w.engine.Watch(ctx) }()
	eventually(w.t, "the removal of what was replaced", func() error {
		if strings.Contains(w.Podman("volume", "ls", "-q"), "\n") {
			return fmt.Errorf("there is still %s", w.Podman("volume", "ls"))
		}
		return nil
	})
	cancel()
	if err := <-done; err != nil {
		w.t.Errorf("Watch: %v", err)
	}
}

func provisioned(s engine.Settings) engine.Settings {
	s.Provisioned = true
	return s
}

// TestUpgradeKeepsEveryKey upgrades from Redis 7.0 to 8.0 with 100,000 keys.
func TestUpgradeKeepsEveryKey(t *testing.T) { newWorld(t).testUpgrade(t, manyKeys) }

func (w *world) testUpgrade(t *testing.T, keys int) {
	from, to := settings(w.DebianImage(podmantest.Redis70)), settings(w.DebianImage(podmantest.Redis80))
	store := w.enable(from)
	want := w.fill(store, keys)
	store, gap, err := w.update(store, from, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("gap of an update with %d keys: %v", keys, gap.Round(time.Millisecond))
	if got := w.digest(store, keys); got != want {
		t.Error("the keys are not what they were")
	}
	w.confirm()
	w.expectOne()
	_ = store.Close()
	if err := w.engine.Disable(w.ctx()); err != nil {
		t.Fatal(err)
	}
	store = w.enable(provisioned(to))
	if got := w.digest(store, keys); got != want {
		t.Error("after disable and enable the keys are not what they were")
	}
	if _, _, err := w.update(store, to, from); !errors.Is(err, kv.ErrConflict) {
		t.Errorf("a downgrade: %v, want %v", err, kv.ErrConflict)
	}
	valkey := settings(w.DebianImage(podmantest.Valkey81))
	if _, _, err := w.update(store, to, valkey); !errors.Is(err, kv.ErrConflict) {
		t.Errorf("Redis 8.0 to Valkey: %v, want %v", err, kv.ErrConflict)
	}
	if got := w.digest(store, keys); got != want {
		t.Error("after refusals the keys are not what they were, or not served")
	}
}
