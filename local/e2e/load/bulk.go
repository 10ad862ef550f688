// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// bulkKeys is how many keys a large mset has.
	bulkKeys = 1000
	// bulkConnections are those that send them.
	bulkConnections = 8
)

// bulk sends msets of bulkKeys, each of which names its keys itself.
type bulk struct {
	server *server
	keys   func(n int) []string // of the request with that number
}

// inOrder names keys by their numbers, one request after the other.
func inOrder(n int) []string {
	keys := make([]string, bulkKeys)
	for i := range keys {
		keys[i] = keyOf(n*bulkKeys + i)
	}
	return keys
}

// anywhere names keys that are new and in no order.
func anywhere(int) []string {
	keys := make([]string, bulkKeys)
	for i := range keys {
		keys[i] = fmt.Sprintf("r%016x", rand.Uint64())
	}
	return keys
}

// send sends requests, the first with the number from, as long as more says, and returns how many were sent. It fails with
// the first that is not answered with 200.
func (k *bulk) send(ctx context.Context, from int, more func(n int) bool) (sent int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: bulkConnections}}
	defer client.CloseIdleConnections()
	var next, done atomic.Int64
	next.Store(int64(from))
	var all sync.WaitGroup
	for range bulkConnections {
		all.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1) - 1)
				if !more(n) {
					return
				}
				if err := k.mset(ctx, client, k.keys(n)); err != nil {
					cancel(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	return int(done.Load()), context.Cause(ctx)
}

func (k *bulk) mset(ctx context.Context, client *http.Client, keys []string) error {
	req, err := http.NewRequestWithContext(ctx, "POST", k.server.url+"/api/kv/mset", strings.NewReader(msetBody(keys)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+string(k.server.token))
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("mset: %s: %.300s", resp.Status, text)
	}
	return err
}

// during sends requests for the time d, from a number on, and returns how many keys were stored a second, and the number
// to go on with.
func (k *bulk) during(ctx context.Context, from int, d time.Duration) (perSecond float64, next int, err error) {
	start := time.Now()
	sent, err := k.send(ctx, from, func(int) bool { return time.Since(start) < d })
	return float64(sent*bulkKeys) / time.Since(start).Seconds(), from + sent, err
}

// fill stores the keys of a server from one number to another, which are multiples of bulkKeys.
func (s *server) fill(ctx context.Context, from, to int) error {
	k := bulk{server: s, keys: inOrder}
	_, err := k.send(ctx, from/bulkKeys, func(n int) bool { return n < to/bulkKeys })
	return err
}
