// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

const (
	// pageKeys is how many keys a page of a scan is asked for.
	pageKeys = 100
	// scanConnections are fewer than those of other calls: the server makes few pages at a time.
	scanConnections = 4
	// pages is how many pages of a store the scans take turns with.
	pages = 200
)

// measureSizes measures what calls cost with more and more keys, which are added in their order.
func (b *bench) measureSizes(ctx context.Context, r *report) error {
	ext, emb, err := b.startEngines(ctx)
	if err != nil {
		return err
	}
	servers := []*server{ext, emb}
	stored := 0
	for _, keys := range b.sizes {
		b.progress("sizes: %s keys", number(keys))
		for _, s := range servers {
			if err := s.fill(ctx, stored, keys); err != nil {
				return err
			}
		}
		stored = keys
		if err := b.measureSize(ctx, r, keys, servers); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measureSize(ctx context.Context, r *report, keys int, servers []*server) error {
	var get, scan, set []subject
	for _, s := range servers {
		bodies, err := s.pageBodies(ctx, keys)
		if err != nil {
			return err
		}
		lines, err := b.linesOf("pages", bodies)
		if err != nil {
			return err
		}
		get = append(get, s.among("get", keyBody(oneOfKeys), keys))
		scan = append(scan, s.subject("scan", lines))
		set = append(set, s.among("set", setBody(oneOfKeys, smallValue), keys))
	}
	for _, w := range []struct {
		name        string
		connections int
		subjects    []subject
	}{{"get", goalConnections, get}, {fmt.Sprintf("scan page of %d", pageKeys), scanConnections, scan}, {"set", goalConnections, set}} {
		t := task{workload: w.name, connections: w.connections, rounds: b.Rounds, seconds: b.Seconds, keys: keys}
		rounds, err := b.measure(ctx, t, w.subjects...)
		if err != nil {
			return err
		}
		r.Sizes = append(r.Sizes, medians(rounds)...)
	}
	return nil
}

// pageBodies returns requests for pages that are spread over all keys of a server.
func (s *server) pageBodies(ctx context.Context, keys int) ([]string, error) {
	ask := func(cursor string, limit int) string {
		if cursor == "" {
			return fmt.Sprintf(`{"limit":%d}`, limit)
		}
		text, _ := json.Marshal(cursor) // a string
		return fmt.Sprintf(`{"limit":%d,"cursor":%s}`, limit, text)
	}
	var bodies []string
	step := min(1000, max(pageKeys, keys/pages))
	for seen, cursor := 0, ""; ; seen++ {
		if body := ask(cursor, pageKeys); len(bodies) < pages {
			bodies = append(bodies, body)
		} else if i := rand.IntN(seen + 1); i < pages { // each page has the same chance to be among them
			bodies[i] = body
		}
		var page struct{ Cursor string }
		if err := s.call(ctx, "POST", "/api/kv/scan", ask(cursor, step), &page); err != nil {
			return nil, err
		}
		if cursor = page.Cursor; cursor == "" {
			return bodies, nil
		}
	}
}
