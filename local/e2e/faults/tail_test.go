// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// tornTail has the power fail while a Redis writes: the command that it had not answered yet is in its file by half.
func tornTail(t *testing.T) result {
	redis := redistest.Start(t, e2e.FsyncAlways...)
	g := newGateway(t, e2e.External(redis.URL))
	const half = "*3\r\n$3\r\nSET\r\n$10\r\nkv:p1:w0:0\r\n$9\r\n\"anoth"
	return faultCase{rounds: 2, inject: func(int, *workload.Workload) (hit, over time.Time) {
		file := appendOnlyFile(t, redis)
		redis.Kill()
		hit = time.Now()
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, append(text, half...), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		redis.Restart()
		return hit, time.Now()
	}}.on(t, g)
}

// tornSecond has the power fail with fsync every second: all that was written since the last one is gone, which is
// what a second brings at most if the disk is not behind, and the command before it is there by half.
func tornSecond(t *testing.T) result {
	redis := redistest.Start(t, e2e.FsyncEverySecond...)
	g := newGateway(t, e2e.External(redis.URL))
	v := faultCase{mayLose: lastSeconds, inject: func(int, *workload.Workload) (hit, over time.Time) {
		file := appendOnlyFile(t, redis)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second) // what is lost is this time
		redis.Kill()
		hit = time.Now()
		if err := os.Truncate(file, info.Size()-5); err != nil {
			t.Fatal(err)
		}
		redis.Restart()
		return hit, time.Now()
	}}.on(t, g)
	if v.Lost == 0 {
		t.Error("nothing was torn off")
	}
	return v
}

// appendOnlyFile returns the path of the file that a Redis appends to; Redis 7 has it in a directory with others.
func appendOnlyFile(t *testing.T, redis *redistest.Server) string {
	t.Helper()
	config, err := redis.Client().ConfigGet(t.Context(), "dir").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"appendonlydir/*.incr.aof", "appendonly.aof"} {
		if found, _ := filepath.Glob(filepath.Join(config["dir"], pattern)); len(found) == 1 {
			return found[0]
		}
	}
	t.Fatalf("there is not exactly one append-only file in %s", config["dir"])
	return ""
}
