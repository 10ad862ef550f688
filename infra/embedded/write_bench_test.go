// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

const (
	// manyKeys are stored before a benchmark of mset begins.
	manyKeys = 100_000
	perCall  = 1000
)

// BenchmarkMSet sets 1,000 keys in each call, of which most are new, in a store of many keys.
func BenchmarkMSet(b *testing.B) {
	for name, order := range map[string]func(i int) uint64{
		"in order":     func(i int) uint64 { return uint64(i) },
		"random order": func(i int) uint64 { return scattered(uint64(i)) },
	} {
		b.Run(name, func(b *testing.B) {
			s := open(b, b.TempDir(), embedded.Config{CacheMemory: 64 << 20})
			n := 0
			mset := func() {
				entries := make([]kv.Entry, perCall)
				for i := range entries {
					entries[i] = kv.Entry{Key: kv.Key(fmt.Sprintf("user:%016x:session", order(n))), Value: valueOf(100)}
					n++
				}
				if err := s.MSet(b.Context(), 1, entries); err != nil {
					b.Fatal(err)
				}
			}
			for n < manyKeys {
				mset()
			}
			b.ReportAllocs()
			used := usedBy(b)
			for b.Loop() {
				mset()
			}
			used.report(b, b.N*perCall)
		})
	}
}

// scattered returns a number for each other one, in no order. It is the finalizer of SplitMix64.
func scattered(i uint64) uint64 {
	i += 0x9e3779b97f4a7c15
	i = (i ^ i>>30) * 0xbf58476d1ce4e5b9
	i = (i ^ i>>27) * 0x94d049bb133111eb
	return i ^ i>>31
}

// BenchmarkRestore imports 1,000 records in each call into a staging store, looks them up again, and puts it in the place of the one
// in use, as a restore does.
func BenchmarkRestore(b *testing.B) {
	for name, sorted := range map[string]bool{"in order": true, "random order": false} {
		b.Run(name, func(b *testing.B) {
			all := make([]kv.Record, 200*perCall)
			for i := range all {
				all[i] = kv.Record{Project: 1, Key: keyOf(i), Text: valueOf(100)}
			}
			if !sorted {
				rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			}
			b.ReportAllocs()
			n, used := 0, usedBy(b)
			for b.Loop() {
				b.StopTimer()
				staged, err := engineIn(b).Stage(b.Context(), engine.Settings{})
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				for records := range slices.Chunk(all, perCall) {
					if _, err := staged.Store().Import(b.Context(), records); err != nil {
						b.Fatal(err)
					}
					n += len(records)
				}
				for records := range slices.Chunk(all, perCall) {
					if found, err := staged.Store().Lookup(b.Context(), records); err != nil || len(found) != len(records) {
						b.Fatal(len(found), err)
					}
				}
				if _, err := staged.Promote(b.Context(), false); err != nil {
					b.Fatal(err)
				}
			}
			used.report(b, n)
		})
	}
}

// resources are what the process has used: processor time, and what it has written to files.
type resources struct {
	cpu     time.Duration
	written int64
}

func usedBy(b *testing.B) resources {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Fatal(err)
	}
	u := resources{cpu: time.Duration(r.Utime.Nano() + r.Stime.Nano())}
	for line := range strings.Lines(string(text)) {
		_, _ = fmt.Sscanf(line, "wchar: %d", &u.written)
	}
	return u
}

// report reports what was used for each of n keys, and how many there were in a second.
func (u resources) report(b *testing.B, n int) {
	b.Helper()
	now := usedBy(b)
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "keys/s")
	b.ReportMetric(float64((now.cpu-u.cpu).Microseconds())/float64(n), "cpu-us/key")
	b.ReportMetric(float64(now.written-u.written)/float64(n), "written-B/key")
}

// engineIn returns an engine that is enabled, and ends with the benchmark.
func engineIn(b *testing.B) *embedded.Engine {
	b.Helper()
	e := embedded.NewEngine(b.TempDir(), embedded.Config{})
	if _, err := e.Enable(b.Context(), engine.Settings{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := e.Disable(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	return e
}
