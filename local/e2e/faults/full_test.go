// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// memoryFull has more in a Redis that evicts nothing than this is allowed to hold.
func memoryFull(t *testing.T) result {
	redis := redistest.Start(t, append([]string{"--maxmemory-policy", "noeviction"}, e2e.FsyncAlways...)...)
	admin := redis.Client()
	g := newGateway(t, e2e.External(redis.URL))
	c := g.As(g.tokens[0])
	large, many := strings.Repeat("x", 100<<10), make([]string, 50)
	for i := range many {
		many[i] = fmt.Sprint("large", i)
		c.Expect(t, "set", e2e.Object{"key": many[i], "value": large}, `{"result":"OK"}`)
	}
	allow := func(memory string) {
		if err := admin.ConfigSet(t.Context(), "maxmemory", memory).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return faultCase{inject: func(int, *workload.Workload) (hit, over time.Time) {
		allow("4mb")
		hit = time.Now()
		for op, body := range map[string]e2e.Object{
			"set": {"key": "more", "value": 1}, "incr": {"key": "n"},
			"mset": {"entries": []e2e.Object{{"key": "more", "value": large}, {"key": "yet", "value": 1}}},
		} {
			c.ExpectProblem(t, op, body, http.StatusInsufficientStorage, "out_of_memory")
		}
		c.Expect(t, "exists", e2e.Object{"keys": []string{"more", "yet", "n"}}, `{"exists":0}`)
		c.Expect(t, "get", e2e.Object{"key": many[1]}, `{"value":"`+large+`"}`)
		c.Expect(t, "expire", e2e.Object{"key": many[0], "seconds": 0}, `{"result":1,"success":true}`)
		c.Expect(t, "del", e2e.Object{"keys": many}, `{"deleted":49}`)
		allow("0")
		return hit, time.Now()
	}}.on(t, g)
}

// diskFullAlways fills the disk of a Redis with fsync always, which ends when it cannot write. It is started again once there
// is space.
func diskFullAlways(t *testing.T) result {
	dir := e2e.MountDisk(t, "64m")
	redis := redistest.Start(t, append([]string{"--dir", dir}, e2e.FsyncAlways...)...)
	g := newGateway(t, e2e.External(redis.URL))
	return faultCase{rounds: 2, inject: func(int, *workload.Workload) (hit, over time.Time) {
		empty := e2e.FillDisk(t, dir)
		hit = time.Now()
		e2e.ExpectUnavailable(t, g.As(g.tokens[0]))
		empty()
		redis.Restart()
		return hit, time.Now()
	}}.on(t, g)
}

// diskFullEverySecond does the same to a Redis that writes every second, which refuses writes until there is room.
func diskFullEverySecond(t *testing.T) result {
	dir := e2e.MountDisk(t, "64m")
	redis := redistest.Start(t, append([]string{"--dir", dir}, e2e.FsyncEverySecond...)...)
	g := newGateway(t, e2e.External(redis.URL))
	c := g.As(g.tokens[0])
	c.Expect(t, "set", e2e.Object{"key": "before", "value": 1}, `{"result":"OK"}`)
	return faultCase{rounds: 2, inject: func(int, *workload.Workload) (hit, over time.Time) {
		empty := e2e.FillDisk(t, dir)
		hit = time.Now()
		e2e.Eventually(t, "the disk to be full", func() string {
			r := c.KV(t, "set", e2e.Object{"key": "while-full", "value": 1})
			if r.Status == http.StatusServiceUnavailable && r.Problem().Code == "storage_full" {
				return ""
			}
			return r.String()
		})
		c.Expect(t, "exists", e2e.Object{"keys": []string{"before"}}, `{"exists":1}`)
		empty()
		return hit, time.Now()
	}}.on(t, g)
}

// embeddedDiskFull fills the disk of an embedded store. The gateway crashes and ends while it is full.
func embeddedDiskFull(t *testing.T) result {
	dir := e2e.MountDisk(t, "64m")
	g := newGatewayIn(t, dir, e2e.Object{"engine": "embedded"})
	c := g.As(g.tokens[0])
	c.Expect(t, "set", e2e.Object{"key": "before", "value": 1}, `{"result":"OK"}`)
	ends := []func(*e2e.Server){nil, (*e2e.Server).Kill, (*e2e.Server).Terminate}
	return faultCase{rounds: len(ends), inject: func(round int, _ *workload.Workload) (hit, over time.Time) {
		empty := e2e.FillDisk(t, dir)
		hit = time.Now()
		e2e.ExpectStorageFull(t, g.Server, c, fmt.Sprint("round", round))
		if end := ends[round]; end != nil {
			end(g.Server)
			empty()
			over = time.Now()
			g.again()
			return hit, over
		}
		empty()
		return hit, time.Now()
	}}.on(t, g)
}
