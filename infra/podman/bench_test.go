// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/infra/redis"
)

// BenchmarkGet reads a key by the socket and by a published port, from one caller and from many at a time, and reports what that
// takes of the CPU in this process.
func BenchmarkGet(b *testing.B) {
	service := podmantest.Start(b)
	for _, way := range []struct{ name, uri string }{{"socket", service.URI}, {"port", service.Remote()}} {
		e := podman.NewEngine(podman.Config{Socket: way.uri, Dir: service.DataDir(), Store: redis.Config{Coalesce: true}})
		store, err := e.Enable(b.Context(), settings(service.HostImage()))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := store.Set(b.Context(), 1, "a", kv.Value(`"b"`), kv.SetOptions{}); err != nil {
			b.Fatal(err)
		}
		get := func() {
			if _, err := store.Get(b.Context(), 1, "a"); err != nil {
				b.Error(err)
			}
		}
		b.Run(way.name+"/one", func(b *testing.B) {
			defer reportCPU(b)()
			for b.Loop() {
				get()
			}
		})
		b.Run(way.name+"/many", func(b *testing.B) {
			defer reportCPU(b)()
			b.SetParallelism(16)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					get()
				}
			})
		})
		_ = store.Close()
		if err := e.Purge(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// reportCPU reports the time that this process has run between its call and that of what it returns.
func reportCPU(b *testing.B) (end func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}
