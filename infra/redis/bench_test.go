// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// benchmarkCallers is how many goroutines call at once, as connections of a load test do.
const benchmarkCallers = 64

// BenchmarkStore measures single operations, with the CPU time of this process and of the server for each.
func BenchmarkStore(b *testing.B) {
	value := kv.Value(`"` + strings.Repeat("v", 100) + `"`)
	for _, op := range []struct {
		name string
		do   func(ctx context.Context, s *redis.Store, key kv.Key) error
	}{
		{"Get", func(ctx context.Context, s *redis.Store, key kv.Key) error { _, err := s.Get(ctx, 1, key); return err }},
		{"Set", func(ctx context.Context, s *redis.Store, key kv.Key) error {
			_, err := s.Set(ctx, 1, key, value, kv.SetOptions{})
			return err
		}},
		{"Incr", func(ctx context.Context, s *redis.Store, _ kv.Key) error {
			_, err := s.Incr(ctx, 1, "n", 1, 0)
			return err
		}},
		{"IncrTTL", func(ctx context.Context, s *redis.Store, _ kv.Key) error {
			_, err := s.Incr(ctx, 1, "n", 1, time.Hour)
			return err
		}},
		{"Mixed", func(ctx context.Context, s *redis.Store, key kv.Key) error {
			if key[len(key)-1]%2 == 0 {
				_, err := s.Get(ctx, 1, key)
				return err
			}
			_, err := s.Set(ctx, 1, key, value, kv.SetOptions{})
			return err
		}},
	} {
		for _, coalesce := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/coalesce=%v", op.name, coalesce), func(b *testing.B) {
				server := redistest.Start(b)
				s := open(b, redis.Config{URL: server.URL, Coalesce: coalesce})
				keys := make([]kv.Key, 1000)
				for i := range keys {
					keys[i] = kv.Key(fmt.Sprint("key", i))
					if _, err := s.Set(b.Context(), 1, keys[i], value, kv.SetOptions{}); err != nil {
						b.Fatal(err)
					}
				}
				measure(b, server, func(ctx context.Context, i int) error { return op.do(ctx, s, keys[i%len(keys)]) })
			})
		}
	}
}

// measure runs calls from many goroutines at once.
func measure(b *testing.B, server *redistest.Server, call func(ctx context.Context, i int) error) {
	b.ReportAllocs()
	b.SetParallelism(benchmarkCallers / runtime.GOMAXPROCS(0))
	ours, its := cpu(b, os.Getpid()), cpu(b, server.Pid())
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
			if err := call(ctx, i); err != nil {
				b.Error(err)
			}
			cancel()
		}
	})
	b.StopTimer()
	perCall := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(b.N) }
	b.ReportMetric(perCall(cpu(b, os.Getpid())-ours), "cpu-us/op")
	b.ReportMetric(perCall(cpu(b, server.Pid())-its), "redis-us/op")
}

// cpu returns the CPU time that a process has used, in hundredths of a second, 0 if /proc does not have it.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	if pid == os.Getpid() {
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			b.Fatal(err)
		}
		return time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	user, _ := strconv.Atoi(string(fields[11]))
	system, _ := strconv.Atoi(string(fields[12]))
	return time.Duration(user+system) * 10 * time.Millisecond
}

// BenchmarkBesideLarge measures small reads while another caller constantly stores, or reads, 10 MiB.
func BenchmarkBesideLarge(b *testing.B) {
	large := kv.Value(`"` + strings.Repeat("v", kv.DefaultMaxValue-2) + `"`)
	for _, kind := range []string{"alone", "set", "get"} {
		b.Run(kind, func(b *testing.B) {
			server := redistest.Start(b)
			s := open(b, redis.Config{URL: server.URL, Coalesce: true})
			if _, err := s.Set(b.Context(), 1, "large", large, kv.SetOptions{}); err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			var other sync.WaitGroup
			other.Go(func() {
				for ctx.Err() == nil && kind != "alone" {
					if kind == "set" {
						_, _ = s.Set(ctx, 1, "large", large, kv.SetOptions{})
					} else {
						_, _ = s.Get(ctx, 1, "large")
					}
				}
			})
			var slowest time.Duration
			var mu sync.Mutex
			measure(b, server, func(ctx context.Context, i int) error {
				start := time.Now()
				_, err := s.Get(ctx, 1, "small")
				mu.Lock()
				slowest = max(slowest, time.Since(start))
				mu.Unlock()
				return err
			})
			b.ReportMetric(float64(slowest.Milliseconds()), "max-ms")
			cancel()
			other.Wait()
		})
	}
}
