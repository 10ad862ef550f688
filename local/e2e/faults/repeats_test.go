// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// repeater sends each addition to several gateways at once, under one Idempotency-Key, again and again until one answers.
type repeater struct {
	token, name string
	urls        []string
	acked       int
	odd         []string // answers that differ from each other
}

// add adds one to the counter of the repeater. It reports whether that was acknowledged before ctx ended.
func (r *repeater) add(ctx context.Context, key string) bool {
	sums := make(chan string, len(r.urls))
	var all sync.WaitGroup
	for _, url := range r.urls {
		all.Go(func() {
			for ctx.Err() == nil {
				if sum := r.addAt(ctx, url, key); sum != "" {
					sums <- sum
					return
				}
				<-time.After(e2e.Poll)
			}
		})
	}
	all.Wait()
	close(sums)
	first, acked := "", false
	for sum := range sums {
		if acked && sum != first {
			r.odd = append(r.odd, fmt.Sprintf("%s: one gateway answered %s and another %s", key, first, sum))
		}
		first, acked = sum, true
	}
	return acked
}

// addAt asks one gateway, and returns the sum that it answers, empty if it does not.
func (r *repeater) addAt(ctx context.Context, url, key string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/kv/incr", e2e.JsonBody(e2e.Object{"key": r.name}))
	if err != nil {
		return ""
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := e2e.UncheckedClient.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	var answer struct{ Value int }
	if res.StatusCode != http.StatusOK || e2e.DecodeJSON(res.Body, &answer) != nil {
		return ""
	}
	return fmt.Sprint(answer.Value)
}

// oneKeyAtThreeGateways has three gateways on one Redis get the same additions under the same keys, while one of them is
// killed and started again, and Redis too. Each addition counts once, and every gateway answers the same.
func oneKeyAtThreeGateways(t *testing.T) (v result) {
	redis := redistest.Start(t, e2e.FsyncAlways...)
	var servers []*e2e.Server
	var args [][]string
	for range 3 {
		a := []string{"--control", redis.URL, "--addr", fmt.Sprintf("127.0.0.1:%d", redistest.ReservePort(t))}
		args = append(args, a)
		servers = append(servers, e2e.Serve(t, t.TempDir(), a...))
	}
	servers[0].Enable(e2e.Object{})
	_, token := servers[0].CreateProject("p")
	var urls []string
	for _, s := range servers {
		e2e.Soon(t, "the token", e2e.Answers(t, s.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))
		urls = append(urls, s.URL)
	}
	const size = 8
	ctx, cancel := context.WithTimeout(t.Context(), e2e.Patience)
	defer cancel()
	var stop atomic.Bool
	var all sync.WaitGroup
	clients := make([]*repeater, size)
	begin := time.Now()
	for i := range clients {
		clients[i] = &repeater{token: token, name: fmt.Sprint("repeated", i), urls: urls}
		all.Go(func() {
			for n := 0; !stop.Load() && ctx.Err() == nil; n++ {
				if clients[i].add(ctx, fmt.Sprintf("%s:%d", clients[i].name, n)) {
					clients[i].acked++
				} else {
					v.Unknown++
				}
			}
		})
	}
	for round := range 2 * kills() {
		<-time.After(rand.N(200 * time.Millisecond)) // a random moment
		if round%4 == 3 {
			redis.Kill()
			redis.Restart()
			continue
		}
		n := round % len(servers)
		servers[n].Kill()
		servers[n] = servers[n].Restart(args[n]...)
	}
	stop.Store(true)
	all.Wait()
	v.clients, v.rate = size, 0
	for _, c := range clients {
		v.Acked += c.acked
		var counter struct{ Value int }
		servers[0].As(token).KV(t, "get", e2e.Object{"key": c.name}).Decode(t, &counter)
		v.Twice += max(0, counter.Value-c.acked)
		v.Lost += max(0, c.acked-counter.Value)
		for _, odd := range c.odd {
			t.Error(odd)
		}
	}
	v.rate = float64(v.Acked) / time.Since(begin).Seconds()
	if v.Twice+v.Lost > 0 {
		t.Errorf("%d additions applied twice, %d lost, of %d", v.Twice, v.Lost, v.Acked)
	}
	return v
}
