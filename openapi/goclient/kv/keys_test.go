// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// TestManyKeys has more keys than one request may name.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	store := connect(t)
	const n = 2500
	keys, entries := make([]string, n), make([]kv.Entry, n)
	for i := range n {
		keys[i] = fmt.Sprintf("k:%d", i)
		entries[i] = kv.Entry{Key: keys[i], Value: i}
	}
	for some := range 3 {
		if err := store.MSet(t.Context(), entries[some*1000:min(n, some*1000+1000)]...); err != nil {
			t.Fatal(err)
		}
	}
	asked := append([]string{"missing"}, keys...)
	var numbers []*int
	if err := store.MGet(t.Context(), asked, &numbers); err != nil || len(numbers) != n+1 || numbers[0] != nil {
		t.Fatalf("mget: %d values, %v", len(numbers), err)
	}
	for i, p := range numbers[1:] {
		if p == nil || *p != i {
			t.Fatalf("value %d is %v", i, p)
		}
	}
	if got, err := store.Exists(t.Context(), append(asked, "k:0")...); got != n+1 || err != nil {
		t.Errorf("exists: %d, %v", got, err)
	}
	seen := map[string]bool{}
	for key, err := range store.Scan(t.Context(), &kv.ScanOptions{Match: "k:*", Count: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[key] = true
	}
	if len(seen) != n {
		t.Errorf("scan: %d keys", len(seen))
	}
	for range store.Scan(t.Context(), nil) {
		break
	}
	if got, err := store.Keys(t.Context(), "k:24[0-9][0-9]"); len(got) != 100 || err != nil {
		t.Errorf("keys: %d, %v", len(got), err)
	}
	if got, err := store.Del(t.Context(), asked...); got != n || err != nil {
		t.Errorf("del: %d, %v", got, err)
	}
	if err := store.MSet(t.Context(), entries...); !errors.Is(err, kv.ErrInvalid) || !strings.Contains(err.Error(), "1000") {
		t.Errorf("mset of too many: %v", err)
	}
}

// TestScanPage continues with another client, as a page of results in a later request does.
func TestScanPage(t *testing.T) {
	t.Parallel()
	store := connect(t)
	for i := range 25 {
		set(t, store, fmt.Sprint(i), i)
	}
	seen := map[string]bool{}
	pages := 0
	for cursor := ""; pages == 0 || cursor != ""; pages++ {
		keys, next, err := store.With(kv.CallOptions{}).ScanPage(t.Context(), cursor, &kv.ScanOptions{Count: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			seen[key] = true
		}
		cursor = next
	}
	if len(seen) != 25 || pages < 2 {
		t.Errorf("%d keys on %d pages", len(seen), pages)
	}
	if _, _, err := store.ScanPage(t.Context(), "odd", nil); !errors.Is(err, kv.ErrInvalid) {
		t.Errorf("an odd cursor: %v", err)
	}
	for key, err := range store.Scan(t.Context(), &kv.ScanOptions{Count: 5000}) {
		if key != "" || !errors.Is(err, kv.ErrInvalid) {
			t.Errorf("a count that is too large: %q, %v", key, err)
		}
	}
}

func TestNothingIsAskedOfNothing(t *testing.T) {
	t.Parallel()
	store, err := kv.New(kv.Config{URL: "http://127.0.0.1:1", Token: "dt_x", CallOptions: kv.CallOptions{MaxRetries: -1}})
	if err != nil {
		t.Fatal(err)
	}
	deleted, err1 := store.Del(t.Context())
	exist, err2 := store.Exists(t.Context())
	into := []string{"before"}
	err3 := store.MGet(t.Context(), nil, &into)
	if err := errors.Join(err1, err2, err3, store.MSet(t.Context())); err != nil || deleted+exist != 0 || len(into) != 0 {
		t.Errorf("%d, %d, %q, %v", deleted, exist, into, err)
	}
}
