// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
)

func TestBatches(t *testing.T) {
	t.Parallel()
	var b kv.Batches
	for _, n := range []int{0, 1, 2, 3, 4, 5, 256, 257, 512, 9999} {
		b.Note(n)
	}
	want := kv.BatchCounts{Sizes: [...]uint64{1, 1, 2, 1, 0, 0, 0, 0, 1, 3}, Calls: 1 + 2 + 3 + 4 + 5 + 256 + 257 + 512 + 9999}
	if diff := cmp.Diff(want, b.Counts()); diff != "" {
		t.Error(diff)
	}
}
