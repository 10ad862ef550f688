// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

func redisKilled(t *testing.T) result { return killRedis(t, faultCase{}, e2e.FsyncAlways) }

func redisKilledEverySecond(t *testing.T) result {
	return killRedis(t, faultCase{mayLose: lastSeconds}, e2e.FsyncEverySecond)
}

// killRedis kills the Redis, every other time until requests are refused.
func killRedis(t *testing.T, tr faultCase, args []string) result {
	redis := redistest.Start(t, args...)
	g := newGateway(t, e2e.External(redis.URL))
	tr.rounds = 4
	tr.inject = func(round int, _ *workload.Workload) (hit, over time.Time) {
		redis.Kill()
		hit = time.Now()
		if round%2 == 1 {
			e2e.ExpectUnavailable(t, g.As(g.tokens[0]))
		}
		redis.Restart()
		return hit, time.Now()
	}
	v := tr.on(t, g)
	if v.Refused == 0 {
		t.Error("the Redis was not felt to be away")
	}
	return v
}
