// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// callers is how many calls are under way at a time.
const callers = 64

// storeOf returns a store of n keys with values of that size.
func storeOf(b *testing.B, n, size int) *embedded.Store {
	b.Helper()
	s := open(b, b.TempDir(), embedded.Config{})
	entries := make([]kv.Entry, 0, 1000)
	for i := range n {
		entries = append(entries, kv.Entry{Key: keyOf(i), Value: valueOf(size)})
		if len(entries) == cap(entries) || i == n-1 {
			if err := s.MSet(b.Context(), 1, entries); err != nil {
				b.Fatal(err)
			}
			entries = entries[:0]
		}
	}
	return s
}

func keyOf(i int) kv.Key { return kv.Key(fmt.Sprintf("user:%06d:session", i)) }

func valueOf(size int) kv.Value { return kv.Value(`"` + strings.Repeat("v", size-2) + `"`) }

// parallel runs f in callers goroutines, each time with another number.
func parallel(b *testing.B, f func(i int) error) {
	var i atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(callers / 2) // for each of two processors, as a rule
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(int(i.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

func BenchmarkGet(b *testing.B) {
	for _, size := range []int{100, 1000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := min(100_000, 100_000_000/size)
			s := storeOf(b, n, size)
			parallel(b, func(int) error {
				v, err := s.Get(b.Context(), 1, keyOf(rand.IntN(n)))
				if err == nil && len(v) != size {
					err = fmt.Errorf("a value of %d bytes", len(v))
				}
				return err
			})
		})
	}
}

// BenchmarkMGetCached reads 100 keys in each call, which are in the cache.
func BenchmarkMGetCached(b *testing.B) {
	s := open(b, b.TempDir(), embedded.Config{CacheMemory: 16 << 20})
	keys := make([]kv.Key, 100)
	for i := range keys {
		keys[i] = keyOf(i)
		if _, err := s.Set(b.Context(), 1, keys[i], valueOf(100), kv.SetOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if values, err := s.MGet(b.Context(), 1, keys); err != nil || len(values) != len(keys) || len(values[99]) != 100 {
			b.Fatal(len(values), err)
		}
	}
}

// BenchmarkGetCached reads keys that are in the cache, one after the other and in as many goroutines as there are processors.
func BenchmarkGetCached(b *testing.B) {
	const n = 1000
	s := open(b, b.TempDir(), embedded.Config{CacheMemory: 16 << 20})
	keys := make([]kv.Key, n)
	for i := range keys {
		keys[i] = keyOf(i)
		if _, err := s.Set(b.Context(), 1, keys[i], valueOf(100), kv.SetOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	get := func(i int) {
		if v, err := s.Get(b.Context(), 1, keys[i%n]); err != nil || len(v) != 100 {
			b.Error(len(v), err)
		}
	}
	for i := range n {
		get(i)
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			get(i)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := rand.IntN(n); pb.Next(); i++ {
				get(i)
			}
		})
	})
}

func BenchmarkSet(b *testing.B) {
	for _, size := range []int{100, 1000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, v := storeOf(b, 1, 2), valueOf(size)
			parallel(b, func(i int) error {
				_, err := s.Set(b.Context(), 1, keyOf(i%100_000), v, kv.SetOptions{})
				return err
			})
		})
	}
}

func BenchmarkIncr(b *testing.B) {
	s := storeOf(b, 1, 2)
	parallel(b, func(i int) error {
		_, err := s.Incr(b.Context(), 1, keyOf(i%1000+1), 1, 0)
		return err
	})
}

// BenchmarkScan scans 100,000 keys, 1000 in each page.
func BenchmarkScan(b *testing.B) {
	s := storeOf(b, 100_000, 100)
	for _, pattern := range []kv.Pattern{"", "*:session", "*[x]*", "user:0123*"} {
		b.Run(string(pattern), func(b *testing.B) {
			for b.Loop() {
				for cursor, first := kv.Cursor(""), true; first || cursor != ""; first = false {
					page, err := s.Scan(b.Context(), 1, pattern, cursor, 1000)
					if err != nil {
						b.Fatal(err)
					}
					cursor = page.Cursor
				}
			}
		})
	}
}
