// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

const (
	// floodConnections send as fast as they are answered; neighbourConnections are those of the other project.
	floodConnections     = 512
	neighbourConnections = 4
	// floodKeys is how many keys one request of the flood of mget reads.
	floodKeys = 1000
	// elsewhere is a flood of get to the no-op, another process: what it does to a project is a matter of the machine alone.
	elsewhere = "get, to the no-op"
)

// neighbour is how a project fares that gets a small value now and then, alone or during another's flood.
type neighbour struct {
	Flood             string  `json:"flood"` // what the other project sends; empty: nothing
	Setting           string  `json:"max_in_flight"`
	RequestsPerSecond float64 `json:"requests_per_second"`
	P50ms             float64 `json:"p50_ms"`
	P99ms             float64 `json:"p99_ms"`
	Failed            int64   `json:"failed"`
	Refused           int64   `json:"refused"` // of those, what was not just under way at the end
	FloodAnswered     float64 `json:"flood_answered_per_second"`
	FloodRefused      float64 `json:"flood_refused_per_second"`
}

// pair is a server with two projects, one of which sends the flood.
type pair struct {
	*server
	setting string
	other   access.Token // of the other project
	noop    *gateway     // gets the flood elsewhere
}

// measureNeighbours measures a project during a flood, with and without what keeps the one from the other, on one
// Redis: the rounds in the middle by p99. Rounds of all servers take turns.
func (b *bench) measureNeighbours(ctx context.Context, r *report) error {
	redis, err := b.startRedis(ctx)
	if err != nil {
		return err
	}
	noop, err := b.startNoop(ctx, fastPath)
	if err != nil {
		return err
	}
	var pairs []*pair
	for i, setting := range []string{"none", "auto"} {
		t, err := b.settle(ctx, redis, i, setting)
		if err != nil {
			return err
		}
		t.noop = noop
		pairs = append(pairs, t)
	}
	for _, flood := range []string{"", elsewhere, "get", "mget"} {
		b.progress("neighbours: %s", cmp.Or(flood, "no flood"))
		rounds := map[*pair][]neighbour{}
		for range b.Rounds {
			for _, t := range pairs {
				m, err := b.duringFlood(ctx, t, flood)
				if err != nil {
					return fmt.Errorf("%s next to %q: %w", t.setting, flood, err)
				}
				rounds[t] = append(rounds[t], m)
			}
		}
		for _, t := range pairs {
			all := rounds[t]
			slices.SortFunc(all, func(a, b neighbour) int { return cmp.Compare(a.P99ms, b.P99ms) })
			r.Neighbours = append(r.Neighbours, all[len(all)/2])
		}
	}
	return nil
}

// settle starts a server with two projects that have the same keys.
func (b *bench) settle(ctx context.Context, redis *redisServer, database int, setting string) (*pair, error) {
	s, err := b.startExternal(ctx, redis, database, "TEMPSKV_MAX_IN_FLIGHT="+setting)
	if err != nil {
		return nil, err
	}
	t := &pair{server: s, setting: setting}
	if _, t.other, err = s.as(s.admin).newProject(ctx); err != nil {
		return nil, err
	}
	for _, token := range []access.Token{s.token, t.other} {
		if err := s.as(token).call(ctx, "POST", "/api/kv/mset", msetBody(firstKeys(floodKeys)), nil); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// request is what the project with that token sends over and over.
func (t *pair) request(op string, token access.Token) request {
	body := keyBody(keyOf(0))
	if op == "mget" {
		body = keysBody(firstKeys(floodKeys))
	}
	return request{method: "POST", url: t.url + "/api/kv/" + op, token: token, body: body}
}

// duringFlood is one round. The flood begins a second before and ends a second after.
func (b *bench) duringFlood(ctx context.Context, t *pair, flood string) (neighbour, error) {
	d := time.Duration(b.PacedSeconds) * time.Second
	m := neighbour{Flood: flood, Setting: t.setting}
	ended := make(chan error, 1)
	if flood == "" {
		ended <- nil
	} else {
		go func() { ended <- b.flood(ctx, t, flood, d+2*time.Second, &m) }()
		<-time.After(time.Second)
	}
	took, failed, refused := paced(ctx, neighbourConnections, d, t.request("get", t.token))
	m.RequestsPerSecond, m.Failed, m.Refused = float64(len(took)-int(failed))/d.Seconds(), failed, refused
	m.P50ms, m.P99ms = percentile(took, 50), percentile(took, 99)
	return m, <-ended
}

// flood sends a flood for the time d, and takes down how it was answered.
func (b *bench) flood(ctx context.Context, t *pair, op string, d time.Duration, m *neighbour) error {
	r := t.request(op, t.other)
	if op == elsewhere {
		r = t.noop.call("get", r.body).request
	}
	a, err := wrk(ctx, b.script, floodConnections, d, r)
	seconds := float64(a.Us) / 1e6
	m.FloodAnswered, m.FloodRefused = float64(a.Requests-a.Refused)/seconds, float64(a.Refused)/seconds
	return err
}
