// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

const (
	clients      = 16  // goroutines of the child that write
	killAfter    = 500 // acknowledged writes
	largePadding = 5000
)

// acknowledge writes from many goroutines and reports each write on standard output once it is
// acknowledged. It ends only if one fails.
func acknowledge(dir string) error {
	ctx := context.Background()
	s, err := embedded.Open(ctx, filepath.Join(dir, "data.db"), embedded.Config{})
	if err != nil {
		return err
	}
	failed := make(chan error, clients)
	for c := range clients {
		go func() {
			for n := int64(1); ; n++ {
				if err := writeOne(ctx, s, c, n); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// writeOne increments the count to n, and stores it under two keys, as a small and as a large value.
func writeOne(ctx context.Context, s *embedded.Store, client int, n int64) error {
	if err := countOnce(ctx, s, client, n); err != nil {
		return err
	}
	if err := s.MSet(ctx, 1, pair(client, n)); err != nil {
		return err
	}
	_, err := fmt.Printf("%d %d\n", client, n)
	return err
}

// countOnce makes the n-th addition of a client once, however often it is called.
func countOnce(ctx context.Context, s *embedded.Store, client int, n int64) error {
	id := &kv.Idempotency{Key: fmt.Sprintf("%d:%d", client, n), TTL: time.Hour}
	got, err := s.Idempotent(id).Incr(ctx, 1, counter(client), 1, 0)
	if err == nil && got != n {
		err = fmt.Errorf("client %d counts to %d with its addition %d", client, got, n)
	}
	return err
}

func counter(client int) kv.Key { return kv.Key(fmt.Sprintf("counter:%d", client)) }

// pair is what a client stores with its n-th write.
func pair(client int, n int64) []kv.Entry {
	small := fmt.Sprint(n)
	large := `"` + small + strings.Repeat("x", largePadding) + `"`
	return []kv.Entry{
		{Key: kv.Key(fmt.Sprintf("small:%d:%d", client, n)), Value: kv.Value(small)},
		{Key: kv.Key(fmt.Sprintf("large:%d:%d", client, n)), Value: kv.Value(large)},
	}
}

// A process that is killed has lost nothing that it acknowledged, and left nothing half done.
func TestKill(t *testing.T) {
	t.Parallel()
	for range 3 {
		dir := t.TempDir()
		checkWritten(t, dir, killWriter(t, dir))
	}
}

// killWriter runs a child, kills it in the middle, and returns the last count that each client had acknowledged.
func killWriter(t *testing.T, dir string) (acknowledged [clients]int64) {
	t.Helper()
	cmd := child(t, "acknowledge", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for seen := 1; lines.Scan(); seen++ { // to the end: what is in the pipe was acknowledged too
		var c int
		var n int64
		if _, err := fmt.Sscan(lines.Text(), &c, &n); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		acknowledged[c] = n
		if seen == killAfter {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acknowledged
}

func checkWritten(t *testing.T, dir string, acknowledged [clients]int64) {
	t.Helper()
	s := open(t, dir, embedded.Config{})
	defer s.Close()
	for c, last := range acknowledged {
		count, err := s.Incr(t.Context(), 1, counter(c), 0, 0)
		if err != nil || count < last || count > last+1 {
			t.Errorf("client %d counted to %d, %v; acknowledged %d", c, count, err, last)
		}
		// Whether or not the addition that was under way was applied, repeating it has the same result.
		if err := countOnce(t.Context(), s, c, last+1); err != nil {
			t.Error(err)
		}
		for n := int64(1); n <= count; n++ {
			entries := pair(c, n)
			values, err := s.MGet(t.Context(), 1, []kv.Key{entries[0].Key, entries[1].Key})
			if err != nil {
				t.Fatal(err)
			}
			whole := string(values[0]) == string(entries[0].Value) && string(values[1]) == string(entries[1].Value)
			none := values[0] == nil && values[1] == nil
			if !whole && (!none || n <= last) {
				t.Errorf("client %d: write %d, with %d acknowledged, left %.20q", c, n, last, values)
			}
		}
	}
}
