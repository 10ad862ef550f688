// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// TestOneTransactionStoresKeysAgain stores the same keys several times in one transaction, with values that are stored in their
// row and ones that are not. The last counts, and nothing is left of the others.
func TestOneTransactionStoresKeysAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, embedded.Config{CacheMemory: 1 << 20})
	sizes := []int{9000, 9001, 5, 9002, 256, 257, 6}
	for range 2 { // into an empty store, and over what is there
		for first := range sizes {
			var entries []kv.Entry
			for i := range sizes {
				for _, key := range []kv.Key{"z", "a"} {
					entries = append(entries, kv.Entry{Key: key, Value: valueOf(sizes[(first+i)%len(sizes)])})
				}
			}
			if err := s.MSet(t.Context(), 1, entries); err != nil {
				t.Fatal(err)
			}
			want := entries[len(entries)-1].Value
			for _, key := range []kv.Key{"z", "a"} {
				if v, err := s.Get(t.Context(), 1, key); string(v) != string(want) || err != nil {
					t.Errorf("%s has %d bytes, %v; want %d", key, len(v), err, len(want))
				}
			}
			if u, err := s.Usage(t.Context(), 1); u.Keys != 2 || u.Bytes != int64(2*(64+1+len(want))) || err != nil {
				t.Errorf("usage %+v, %v", u, err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	(&model{T: t}).inspect(filepath.Join(dir, "data.db"))
}
