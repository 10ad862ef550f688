// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
)

func TestStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, first, resume := stopWriter(t)
		others := []<-chan error{first}
		for range 5 {
			others = append(others, begin(func() error { _, err := s.Incr(t.Context(), 1, "n", 1, 0); return err }))
		}
		synctest.Wait()
		if got := s.Stats(); got.Waiting != 5 || got.Sent != 1 {
			t.Errorf("while the writer stands still: %+v", got)
		}
		resume()
		for _, done := range others {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		got := s.Stats()
		if len(got.Pools) != 1 || got.Pools[0].Open == 0 || got.Pools[0].Idle != got.Pools[0].Open {
			t.Errorf("got pools %+v", got.Pools)
		}
		got.Pools = nil
		// The value that stopWriter sets, the first, and the five together.
		want := kv.Stats{Batches: kv.BatchCounts{Sizes: [10]uint64{0: 2, 3: 1}, Calls: 7}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
