// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// TestGoClientAcrossRestarts restarts the server, and kills it, under callers that get no error for that. Each of their
// increments counts once.
func TestGoClientAcrossRestarts(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{})
	_, token := s.CreateProject("restarts")
	store, err := kv.New(kv.Config{URL: s.URL, Token: token, CallOptions: kv.CallOptions{Timeout: e2e.Patience}})
	if err != nil {
		t.Fatal(err)
	}
	var sum, turns atomic.Int64
	end := make(chan struct{})
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() { countUntil(t, end, store, &sum, &turns) })
	}
	for round := range 3 {
		before := turns.Load()
		e2e.Eventually(t, "the callers go on", func() string {
			if turns.Load() < before+20 {
				return "not yet"
			}
			return ""
		})
		if round%2 == 0 {
			s.Terminate()
		} else {
			s.Kill()
		}
		s = s.Restart("--addr", s.Address())
	}
	close(end)
	callers.Wait()
	var stored int64
	if found, err := store.Get(t.Context(), "n", &stored); !found || err != nil || stored != sum.Load() {
		t.Errorf("%d is stored after %d increments, %v", stored, sum.Load(), err)
	}
}

// countUntil increments a number, and makes the other calls, until end is closed.
func countUntil(t *testing.T, end <-chan struct{}, store *kv.Client, sum, turns *atomic.Int64) {
	ctx := context.Background()
	for {
		select {
		case <-end:
			return
		default:
		}
		_, err := store.Incr(ctx, "n", 1, nil)
		if err == nil {
			sum.Add(1)
		}
		_, err1 := store.Expire(ctx, "n", time.Hour)
		_, err2 := store.Persist(ctx, "n")
		_, err3 := store.Get(ctx, "n", new(int64))
		if err := errors.Join(err, err1, err2, err3); err != nil {
			t.Error(err)
			return
		}
		turns.Add(1)
	}
}
