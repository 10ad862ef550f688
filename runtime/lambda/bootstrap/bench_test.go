// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// BenchmarkColdStart starts functions: the time to the first call of next, with and without Redis to reach for before.
// Its figures are go test -tags e2e -run '^$' -bench . ./runtime/lambda/bootstrap
func BenchmarkColdStart(b *testing.B) {
	server := redistest.Start(b)
	token := start(b, manages(server)...).ready()
	for _, env := range [][]string{{"TEMPSKV_REDIS_URL=" + server.URL}, manages(server)} {
		b.Run(map[int]string{1: "data", 2: "management"}[len(env)], func(b *testing.B) {
			var started, first []time.Duration
			for b.Loop() {
				f := launch(b, env...)
				if err := f.AwaitNext(f.ctx); err != nil {
					b.Fatal(err)
				}
				started = append(started, time.Since(f.Started))
				began := time.Now()
				f.request(200, "POST", "/api/kv/get", token, `{"key":"n"}`)
				first = append(first, time.Since(began))
				f.End()
			}
			report(b, "next", started)
			report(b, "first-get", first)
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkWarm sends warm invocations, one at a time as Lambda does. The time is that from the runtime API and back.
func BenchmarkWarm(b *testing.B) {
	f := start(b, manages(redistest.Start(b))...)
	token := f.ready()
	f.data(token, "set", `{"key":"n","value":{"name":"Alice","role":"admin"}}`, `{"result":"OK"}`)
	for _, op := range []struct{ name, body string }{{"get", `{"key":"n"}`}, {"set", `{"key":"n","value":1}`}} {
		b.Run(op.name, func(b *testing.B) {
			var each []time.Duration
			for b.Loop() {
				began := time.Now()
				f.request(200, "POST", "/api/kv/"+op.name, token, op.body)
				each = append(each, time.Since(began))
			}
			report(b, "", each)
			b.ReportMetric(float64(memory(b, f.Pid()))/1e6, "MB")
		})
	}
}

// report adds the median and the 99th percentile, in milliseconds.
func report(b *testing.B, what string, all []time.Duration) {
	slices.Sort(all)
	for name, at := range map[string]int{"p50-ms": len(all) / 2, "p99-ms": len(all) * 99 / 100} {
		b.ReportMetric(all[at].Seconds()*1000, strings.TrimPrefix(what+"-"+name, "-"))
	}
}

// memory returns the largest resident set that the process had, in bytes. See proc(5).
func memory(b *testing.B, pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, _, _ := strings.Cut(rest, " kB")
	n, err := strconv.Atoi(strings.TrimSpace(kib))
	if err != nil {
		b.Fatal(err)
	}
	return n << 10
}
