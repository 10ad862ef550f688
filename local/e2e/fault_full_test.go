// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// memoryFull has more in a Redis that evicts nothing than this is allowed to hold.
func memoryFull(t *testing.T) verdict {
	redis := redistest.Start(t, append([]string{"--maxmemory-policy", "noeviction"}, durable...)...)
	admin := redis.Client()
	g := newGateway(t, at(redis.URL))
	c := g.as(g.tokens[0])
	large, many := strings.Repeat("x", 100<<10), make([]string, 50)
	for i := range many {
		many[i] = fmt.Sprint("large", i)
		c.wants(t, "set", object{"key": many[i], "value": large}, `{"result":"OK"}`)
	}
	allow := func(memory string) {
		if err := admin.ConfigSet(t.Context(), "maxmemory", memory).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return trial{strike: func(int, *fleet) (hit, over time.Time) {
		allow("4mb")
		hit = time.Now()
		for op, body := range map[string]object{
			"set": {"key": "more", "value": 1}, "incr": {"key": "n"},
			"mset": {"entries": []object{{"key": "more", "value": large}, {"key": "yet", "value": 1}}},
		} {
			c.refused(t, op, body, http.StatusInsufficientStorage, "out_of_memory")
		}
		c.wants(t, "exists", object{"keys": []string{"more", "yet", "n"}}, `{"exists":0}`)
		c.wants(t, "get", object{"key": many[1]}, `{"value":"`+large+`"}`)
		c.wants(t, "expire", object{"key": many[0], "seconds": 0}, `{"result":1,"success":true}`)
		c.wants(t, "del", object{"keys": many}, `{"deleted":49}`)
		allow("0")
		return hit, time.Now()
	}}.on(t, g)
}

// diskFullAlways has the disk of a Redis run full, which ends then, as it has to answer for what it cannot write. It is
// started again once there is room.
func diskFullAlways(t *testing.T) verdict {
	dir := mountDisk(t, "64m")
	redis := redistest.Start(t, append([]string{"--dir", dir}, durable...)...)
	g := newGateway(t, at(redis.URL))
	return trial{rounds: 2, strike: func(int, *fleet) (hit, over time.Time) {
		empty := fillDisk(t, dir)
		hit = time.Now()
		unavailable(t, g.as(g.tokens[0]))
		empty()
		redis.Restart()
		return hit, time.Now()
	}}.on(t, g)
}

// diskFullEverySecond does the same to a Redis that writes every second, which refuses writes until there is room.
func diskFullEverySecond(t *testing.T) verdict {
	dir := mountDisk(t, "64m")
	redis := redistest.Start(t, append([]string{"--dir", dir}, relaxed...)...)
	g := newGateway(t, at(redis.URL))
	c := g.as(g.tokens[0])
	c.wants(t, "set", object{"key": "before", "value": 1}, `{"result":"OK"}`)
	return trial{rounds: 2, strike: func(int, *fleet) (hit, over time.Time) {
		empty := fillDisk(t, dir)
		hit = time.Now()
		eventually(t, "the disk to be full", func() string {
			r := c.kv(t, "set", object{"key": "meanwhile", "value": 1})
			if r.status == http.StatusServiceUnavailable && r.problem().Code == "storage_full" {
				return ""
			}
			return r.String()
		})
		c.wants(t, "exists", object{"keys": []string{"before"}}, `{"exists":1}`)
		empty()
		return hit, time.Now()
	}}.on(t, g)
}

// embeddedDiskFull has the disk of an embedded store run full, with a crash and an end of the gateway meanwhile.
func embeddedDiskFull(t *testing.T) verdict {
	dir := mountDisk(t, "64m")
	g := newGatewayIn(t, dir, object{"engine": "embedded"})
	c := g.as(g.tokens[0])
	c.wants(t, "set", object{"key": "before", "value": 1}, `{"result":"OK"}`)
	ends := []func(*server){nil, (*server).kill, (*server).terminate}
	return trial{rounds: len(ends), strike: func(round int, _ *fleet) (hit, over time.Time) {
		empty := fillDisk(t, dir)
		hit = time.Now()
		storageFull(t, g.server, c, fmt.Sprint("round", round))
		if end := ends[round]; end != nil {
			end(g.server)
			empty()
			over = time.Now()
			g.again()
			return hit, over
		}
		empty()
		return hit, time.Now()
	}}.on(t, g)
}
