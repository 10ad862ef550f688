// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// paceEvery is how often each connection of paced is to send a request.
const paceEvery = 20 * time.Millisecond

// paced sends the request on so many connections at an even pace for the time d, and returns how long each took, counted
// from when it was due: a slow request also delays those after it. A request that was due and not answered at the end
// counts with the time until then. (wrk sends the next request when one is answered, so a server that stalls gets fewer
// requests, and the stall hardly shows.) failed counts requests that were not answered with status 200; refused counts
// those of them that were answered otherwise before the end.
func paced(ctx context.Context, connections int, d time.Duration, r request) (took []time.Duration, failed, refused int64) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all sync.WaitGroup
	begin := time.Now()
	for i := range connections {
		all.Go(func() {
			offset := paceEvery * time.Duration(i) / time.Duration(connections)
			for due := begin.Add(offset); due.Sub(begin) < d; due = due.Add(paceEvery) {
				select {
				case <-time.After(time.Until(due)):
				case <-ctx.Done():
				}
				ok := ctx.Err() == nil && r.send(ctx, client)
				mu.Lock()
				took = append(took, time.Since(due))
				if !ok {
					failed++
				}
				if !ok && ctx.Err() == nil {
					refused++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	return took, failed, refused
}

// send sends the request once, and reports whether it was answered with 200.
func (r request) send(ctx context.Context, client *http.Client) bool {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+string(r.token))
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

// percentile returns the one of the sorted times that p percent do not exceed, in milliseconds; 0 if there are none.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*p/100, len(sorted)-1)].Seconds() * 1e3
}
