// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// durable makes a Redis write each command to disk before it answers, and relaxed every second.
var (
	durable = []string{"--appendonly", "yes", "--appendfsync", "always"}
	relaxed = []string{"--appendonly", "yes", "--appendfsync", "everysec"}
)

func redisKilled(t *testing.T) verdict { return killRedis(t, trial{}, durable) }

func redisKilledEverySecond(t *testing.T) verdict {
	return killRedis(t, trial{bears: lastSeconds}, relaxed)
}

// killRedis kills the Redis, every other time until requests are refused.
func killRedis(t *testing.T, tr trial, args []string) verdict {
	redis := redistest.Start(t, args...)
	g := newGateway(t, at(redis.URL))
	tr.rounds = 4
	tr.strike = func(round int, _ *fleet) (hit, over time.Time) {
		redis.Kill()
		hit = time.Now()
		if round%2 == 1 {
			unavailable(t, g.as(g.tokens[0]))
		}
		redis.Restart()
		return hit, time.Now()
	}
	v := tr.on(t, g)
	if v.refused == 0 {
		t.Error("the Redis was not felt to be away")
	}
	return v
}
