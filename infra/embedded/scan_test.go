// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// scanAll returns the keys of a whole scan, in their order, and calls between before each page but the first.
func scanAll(t *testing.T, s kv.Store, pattern kv.Pattern, limit int, between func(last kv.Key)) (keys []kv.Key) {
	t.Helper()
	for cursor := kv.Cursor(""); ; {
		page, err := s.Scan(t.Context(), 1, pattern, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, page.Keys...)
		if cursor = page.Cursor; cursor == "" {
			return keys
		}
		if len(cursor) > kv.MaxCursor {
			t.Fatalf("a cursor of %d bytes", len(cursor))
		}
		between(keys[len(keys)-1])
	}
}

// Long keys with the same beginning are distinguished although no cursor could hold them, and the key that a cursor
// stands for may be deleted and set again: the others are still returned, each once.
func TestScanWhileTheCursorsKeyGoes(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	var want []kv.Key
	for _, n := range []int{0, 57, 58, 59, 88, 89, 90, 91, 5000, kv.MaxKey - 2} {
		for _, end := range []string{"a", "ab", "b\x00"} {
			want = append(want, kv.Key(strings.Repeat("k", n)+end))
		}
	}
	set := func(key kv.Key) {
		if _, err := s.Set(t.Context(), 1, key, kv.Value("1"), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range want {
		set(key)
	}
	slices.Sort(want)
	for _, pattern := range []kv.Pattern{"", "*", "*[ab\x00]"} {
		var gone []kv.Key
		got := scanAll(t, s, pattern, 1, func(last kv.Key) {
			if _, err := s.Del(t.Context(), 1, []kv.Key{last}); err != nil {
				t.Fatal(err)
			}
			if gone = append(gone, last); len(gone)%2 == 0 {
				set(last)
			}
		})
		slices.Sort(got)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%q: (-got +want)\n%.1000s", pattern, diff)
		}
		for _, key := range gone {
			set(key)
		}
	}
}

// A pattern that begins with literal bytes reads only keys that begin with them; one without wildcards reads one key.
func TestScanUsesThePrefix(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	long := kv.Key("k" + strings.Repeat("k", 500))
	for _, key := range []kv.Key{"a", "k", "k*", "kk", "l", long, long + "1", long + "2"} {
		if _, err := s.Set(t.Context(), 1, key, kv.Value("1"), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[kv.Pattern][]kv.Key{
		"k":                          {"k"},
		`k\*`:                        {"k*"},
		"k?":                         {"k*", "kk"},
		"[ak]":                       {"a", "k"},
		"m*":                         nil,
		kv.Pattern(long[:200]) + "*": {long, long + "1", long + "2"},
		"*k1":                        {long + "1"},
	} {
		got := scanAll(t, s, pattern, 100, func(kv.Key) {})
		slices.Sort(got)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%q: (-got +want)\n%.1000s", pattern, diff)
		}
	}
}

// FuzzCursor passes every kind of cursor to a scan, which refuses it or continues somewhere.
func FuzzCursor(f *testing.F) {
	s := open(f, f.TempDir(), embedded.Config{})
	for i := range 10 {
		if _, err := s.Set(f.Context(), 1, keyOf(i), kv.Value("1"), kv.SetOptions{}); err != nil {
			f.Fatal(err)
		}
	}
	page, err := s.Scan(f.Context(), 1, "", "", 3)
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range []kv.Cursor{page.Cursor, page.Cursor + "A", page.Cursor[1:], "0", "AAAAAA", "\x00", "=", "-_-_"} {
		f.Add(string(c))
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		_, err := s.Scan(t.Context(), 1, "", kv.Cursor(cursor), 3)
		if err != nil && !errors.Is(err, kv.ErrInvalid) {
			t.Error(err)
		}
	})
}

// What Get returns stays as it is when the same connection reads on.
func TestGetOwnsItsMemory(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	var kept []kv.Value
	for i := range 50 {
		v := valueOf(100 + 50*i)
		v[1] = byte('a' + i%26)
		if _, err := s.Set(t.Context(), 1, keyOf(i), v, kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(t.Context(), 1, keyOf(i))
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, got)
	}
	for i, v := range kept {
		if len(v) != 100+50*i || v[1] != byte('a'+i%26) {
			t.Errorf("value %d changed after it was returned: %.20q", i, v)
		}
	}
}

// A page ends in time even if the keys are long and the pattern is as slow as possible on each.
func TestScanOfHardKeys(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	const n = 200 // more than a page reads
	long := strings.Repeat("a", kv.MaxKey-3)
	entries := make([]kv.Entry, n)
	for i := range entries {
		entries[i] = kv.Entry{Key: kv.Key(fmt.Sprintf("%s%03d", long, i)), Value: kv.Value("1")}
	}
	if err := s.MSet(t.Context(), 1, entries); err != nil {
		t.Fatal(err)
	}
	hard := kv.Pattern("*" + strings.Repeat("a", 250) + "b")
	page, err := s.Scan(t.Context(), 1, hard, "", 1000)
	if err != nil || len(page.Keys) != 0 || page.Cursor == "" {
		t.Errorf("the first page has %d keys and the cursor %q, %v; want one that is not the last",
			len(page.Keys), page.Cursor, err)
	}
	pages := 1
	for page.Cursor != "" && err == nil {
		page, err = s.Scan(t.Context(), 1, hard, page.Cursor, 1000)
		pages++
	}
	if err != nil || pages > n+1 {
		t.Errorf("%d pages of %d keys, %v", pages, n, err)
	}
}

// However many calls read many keys, and however long they take, a caller that reads one key is served.
func TestWalksLeaveReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var slow atomic.Bool
		end := make(chan struct{})
		s := open(t, t.TempDir(), embedded.Config{Now: func() time.Time {
			if slow.Load() {
				<-end // in a read that has its reader
			}
			return time.Now()
		}})
		var wg sync.WaitGroup
		defer wg.Wait()
		defer close(end)
		slow.Store(true)
		many := make([]kv.Key, 1000)
		for i := range many {
			many[i] = keyOf(i)
		}
		for range 100 {
			wg.Go(func() {
				if _, err := s.Scan(t.Context(), 1, "", "", 10); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := s.MGet(t.Context(), 1, many); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		slow.Store(false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Get(ctx, 1, "k"); err != nil {
			t.Errorf("a get during the walks: %v", err)
		}
	})
}
