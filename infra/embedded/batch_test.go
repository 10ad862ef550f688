// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// stopWriter opens a store whose writer is blocked inside a first write, until go is called: it
// waits for the clock. All writes meanwhile wait for it and then share one transaction.
func stopWriter(t *testing.T) (s *embedded.Store, first <-chan error, resume func()) {
	t.Helper()
	var armed atomic.Bool
	gate := make(chan struct{})
	s = open(t, t.TempDir(), embedded.Config{MaxMemory: 100_000, Now: func() time.Time {
		if armed.CompareAndSwap(true, false) {
			<-gate
		}
		return time.Now()
	}})
	if _, err := s.Set(t.Context(), 1, "text", kv.Value(`"text"`), kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	armed.Store(true)
	first = begin(func() error { _, err := s.Incr(t.Context(), 1, "first", 1, 0); return err })
	synctest.Wait()
	return s, first, func() { close(gate) }
}

// begin runs f in the background and returns a channel for its error.
func begin(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

// Writes that share a transaction succeed or fail independently.
func TestBatchIsolation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, first, resume := stopWriter(t)
		ctx := t.Context()
		var refused, tooMuch, stored, unmet []<-chan error
		for i := range 20 {
			refused = append(refused, begin(func() error { _, err := s.Incr(ctx, 1, "text", 1, 0); return err }))
			stored = append(stored, begin(func() error { _, err := s.Incr(ctx, 1, "n", 1, 0); return err }))
			stored = append(stored, begin(func() error {
				_, err := s.Set(ctx, 1, keyOf(i), valueOf(1000), kv.SetOptions{})
				return err
			}))
			tooMuch = append(tooMuch, begin(func() error {
				return s.MSet(ctx, 1, []kv.Entry{{Key: "a", Value: kv.Value("1")}, {Key: "b", Value: valueOf(200_000)}})
			}))
			unmet = append(unmet, begin(func() error {
				ok, err := s.Set(ctx, 1, "text", kv.Value("0"), kv.SetOptions{Condition: kv.NX})
				if ok {
					err = errors.New("NX was met by a key that is there")
				}
				return err
			}))
		}
		synctest.Wait()
		resume()
		for _, done := range append(append(stored, unmet...), first) {
			if err := <-done; err != nil {
				t.Errorf("next to a write that was refused: %v", err)
			}
		}
		for _, done := range refused {
			if err := <-done; !errors.Is(err, kv.ErrNotInteger) {
				t.Errorf("INCR on text: %v", err)
			}
		}
		for _, done := range tooMuch {
			if err := <-done; !errors.Is(err, kv.ErrOutOfMemory) {
				t.Errorf("MSet past max_memory: %v", err)
			}
		}
		want := []kv.Value{nil, kv.Value(`"text"`), kv.Value("20"), kv.Value("1"), valueOf(1000)}
		got, err := s.MGet(ctx, 1, []kv.Key{"a", "text", "n", "first", keyOf(19)})
		if diff := cmp.Diff(got, want); diff != "" || err != nil {
			t.Errorf("%v, (-got +want)\n%s", err, diff)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A write whose caller leaves while it waits is never applied.
func TestLeaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, first, resume := stopWriter(t)
		ctx, leave := context.WithCancel(t.Context())
		waiting := begin(func() error { _, err := s.Incr(ctx, 1, "waiting", 1, 0); return err })
		synctest.Wait()
		leave()
		if err := <-waiting; !errors.Is(err, kv.ErrTimeout) || !errors.Is(err, context.Canceled) {
			t.Errorf("left before the write was taken: %v", err)
		}
		resume()
		if err := <-first; err != nil {
			t.Error(err)
		}
		if n, err := s.Incr(t.Context(), 1, "waiting", 1, 0); n != 1 || err != nil {
			t.Errorf("a write that ended in ErrTimeout was applied: %d, %v", n-1, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A write whose caller leaves after it was taken may have been applied, and the caller is told so.
func TestLeavingTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := open(t, t.TempDir(), embedded.Config{Now: func() time.Time {
			<-gate
			return time.Now()
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := s.Incr(ctx, 1, "n", 1, 0)
		if !errors.Is(err, kv.ErrOutcomeUnknown) || errors.Is(err, kv.ErrTimeout) {
			t.Errorf("left after the write was taken: %v", err)
		}
		close(gate)
		if n, err := s.Incr(t.Context(), 1, "n", 1, 0); n != 2 || err != nil {
			t.Errorf("%d, %v; want 2, since this write was under way", n, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Close waits for calls that are under way, and only for these.
func TestCloseWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, first, resume := stopWriter(t)
		var calls []<-chan error
		for i := range 10 {
			calls = append(calls, begin(func() error {
				_, err := s.Set(t.Context(), 1, kv.Key(fmt.Sprint(i)), kv.Value("1"), kv.SetOptions{})
				return err
			}))
		}
		synctest.Wait()
		closed := begin(s.Close)
		for err := error(nil); !errors.Is(err, kv.ErrUnavailable); { // until Close has begun
			_, err = s.Get(t.Context(), 1, "text")
		}
		select {
		case err := <-closed:
			t.Fatalf("Close did not wait: %v", err)
		default:
		}
		resume()
		for _, done := range append(calls, first, closed) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// Writes of one project do not hold up those of another that came later: here there is room for four alone.
func TestProjectsWaitForThemselves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, first, resume := stopWriter(t)
		set := func(p kv.ProjectID, i int) <-chan error {
			done := begin(func() error {
				_, err := s.Set(t.Context(), p, keyOf(i), valueOf(20_000), kv.SetOptions{})
				return err
			})
			synctest.Wait()
			return done
		}
		var many []<-chan error
		for i := range 10 {
			many = append(many, set(1, i))
		}
		other := set(2, 0)
		resume()
		if err := errors.Join(<-first, <-other); err != nil {
			t.Error(err)
		}
		for i, done := range many {
			if err := <-done; (err == nil) != (i < 3) {
				t.Errorf("write %d of many: %v", i, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
