// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// What is stored and read.
const (
	smallKey   = "small"
	smallValue = `{"id":4711,"name":"Ada","tags":["first","programmer"],"visits":17,"note":"about a hundred bytes"}`
	largeKey   = "large"
	counterKey = "counter"
)

// largeValue is a string of 1 KiB.
func largeValue() string { return `"` + strings.Repeat("tempskv ", 128) + `"` }

// measureAll is the run: what goes to a Redis, the no-op and webdis, then the embedded engine.
func measureAll(ctx context.Context, o options) (*report, error) {
	b, err := newBench(o)
	if err != nil {
		return nil, err
	}
	defer b.close()
	r := &report{CPUs: runtime.NumCPU(), Connections: o.connections, Seconds: o.seconds, Rounds: o.rounds}
	if o.neighbours {
		return r, b.measureNeighbours(ctx, r)
	}
	if r.FsyncMs, err = fsyncTime(b.dir); err != nil {
		return nil, err
	}
	if err := b.measureRedis(ctx, r); err != nil {
		return nil, err
	}
	r.compare()
	if err := b.measureEmbedded(ctx, r); err != nil {
		return nil, err
	}
	return r, b.measureNeighbours(ctx, r)
}

// measureRedis compares this server, the no-op and webdis on one Redis.
func (b *bench) measureRedis(ctx context.Context, r *report) error {
	redis, redisAddr, err := b.startRedis(ctx)
	if err != nil {
		return err
	}
	s, err := b.startServer(ctx, "tempskv", fmt.Sprintf(`{"engine":"external","redis_url":"redis://%s"}`, redisAddr))
	if err != nil {
		return err
	}
	noop, err := b.startNoop(ctx)
	if err != nil {
		return err
	}
	for key, value := range map[string]string{smallKey: smallValue, largeKey: largeValue(), counterKey: "0"} {
		if err := s.call(ctx, "POST", "/api/kv/set", fmt.Sprintf(`{"key":%q,"value":%s}`, key, value), nil); err != nil {
			return err
		}
	}
	get := []subject{s.subject(redis, "get", keyBody(smallKey)), noop.subject(nil, "get", keyBody(smallKey))}
	large := []subject{s.subject(redis, "get", keyBody(largeKey))}
	incr := []subject{s.subject(redis, "incr", keyBody(counterKey))}
	if _, err := exec.LookPath("webdis"); err == nil {
		webdis, err := b.startWebdis(ctx, redisAddr)
		if err != nil {
			return err
		}
		get = append(get, webdis.command(redis, "GET", s.redisKey(smallKey)))
		large = append(large, webdis.command(redis, "GET", s.redisKey(largeKey)))
		incr = append(incr, webdis.command(redis, "INCR", s.redisKey(counterKey)))
	}
	if err := b.measure(ctx, r, "get", get...); err != nil {
		return err
	}
	if err := b.measure(ctx, r, "get 1 KiB", large...); err != nil {
		return err
	}
	return b.measure(ctx, r, "incr", incr...)
}

func keyBody(key string) string { return fmt.Sprintf(`{"key":%q}`, key) }

// measureEmbedded measures a start, the memory after it, and durable sets of distinct keys.
func (b *bench) measureEmbedded(ctx context.Context, r *report) error {
	s, err := b.startServer(ctx, "embedded", `{"engine":"embedded"}`)
	if err != nil {
		return err
	}
	s.stop()
	start := time.Now()
	if err := b.run(ctx, s); err != nil {
		return err
	}
	if err := s.await(ctx, func(ctx context.Context) error {
		return s.call(ctx, "POST", "/api/kv/get", keyBody(smallKey), nil)
	}); err != nil {
		return err
	}
	r.StartMs = time.Since(start).Seconds() * 1e3
	memory, err := s.memory()
	if err != nil {
		return err
	}
	r.MemoryMB = float64(memory) / 1e6
	return b.measure(ctx, r, "durable set", s.subject(nil, "set", `{"key":"#","value":`+smallValue+`}`))
}

// fsyncTime returns the milliseconds that it takes in dir to write a little and have it on the disk.
func fsyncTime(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	const times = 100
	start := time.Now()
	for range times {
		if _, err := f.WriteString("a little"); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(start).Seconds() * 1e3 / times, nil
}
