// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// disturbTime is how long the connections to a Redis are disturbed.
const disturbTime = 2 * time.Second

// Toxics, as toxiproxy has them: upstream disturbs what is sent to the Redis, downstream what it answers.
const (
	late  = `{"type":"latency","stream":"downstream","attributes":{"latency":500}}`
	reset = `{"type":"reset_peer","stream":"%s"}`
	cut   = `{"type":"limit_data","stream":"%s","attributes":{"bytes":%d}}`
	// harsh makes what ends a connection do so by a reset.
	harsh = `{"type":"reset_peer","stream":"%s","toxicity":0}`
)

func redisSlow(t *testing.T) result {
	v := disturb(t, []string{late})
	if v.Slowest < 500*time.Millisecond {
		t.Error("the Redis was not slow")
	}
	return v
}

// connectionsReset has connections reset as soon as there is an answer, which belongs to the greeting; in the midst of
// answers to what was applied; and in the midst of commands.
func connectionsReset(t *testing.T) result {
	return disturbed(t, disturb(t, []string{fmt.Sprintf(reset, "downstream")},
		[]string{fmt.Sprintf(harsh, "downstream"), fmt.Sprintf(cut, "downstream", 301)},
		[]string{fmt.Sprintf(harsh, "upstream"), fmt.Sprintf(cut, "upstream", 1001)}))
}

// connectionsCut has connections end in the midst of the greeting, of answers and of commands.
func connectionsCut(t *testing.T) result {
	return disturbed(t, disturb(t, []string{fmt.Sprintf(cut, "downstream", 7)}, []string{fmt.Sprintf(cut, "upstream", 501)},
		[]string{fmt.Sprintf(cut, "downstream", 501)}, []string{fmt.Sprintf(cut, "upstream", 5001)}))
}

// disturbed fails the test if no write was cut off.
func disturbed(t *testing.T, v result) result {
	t.Helper()
	if v.Unknown == 0 {
		t.Error("no write was under way when a connection ended")
	}
	return v
}

// disturb puts toxics between the gateway and a Redis, some in each round. Connections that are there meet with them too.
func disturb(t *testing.T, rounds ...[]string) result {
	redis := redistest.Start(t, e2e.FsyncAlways...)
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()),
		"redis", "127.0.0.1:0", redis.Addr)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	g := newGateway(t, e2e.External("redis://"+proxy.Listen))
	return faultCase{rounds: len(rounds), inject: func(round int, _ *workload.Workload) (hit, over time.Time) {
		for _, toxic := range rounds[round] {
			if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
				t.Fatal(err)
			}
		}
		hit = time.Now()
		<-time.After(disturbTime) // what is tested is this time
		proxy.Toxics.ResetToxics(t.Context())
		return hit, time.Now()
	}}.on(t, g)
}
