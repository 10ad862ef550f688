// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

const (
	// floodConnections send as fast as they are answered; neighbourConnections are those of the other project.
	floodConnections     = 512
	neighbourConnections = 4
	// manyKeys is how many keys one request of the dear flood reads.
	manyKeys = 1000
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
}

// measureNeighbours measures a project during a flood, with and without what keeps the one from the other, on one
// Redis: the rounds in the middle by p99. Rounds of all servers take turns.
func (b *bench) measureNeighbours(ctx context.Context, r *report) error {
	_, redisAddr, err := b.startRedis(ctx)
	if err != nil {
		return err
	}
	var pairs []*pair
	for i, setting := range []string{"none", "auto"} {
		t, err := b.settle(ctx, redisAddr, i, setting)
		if err != nil {
			return err
		}
		pairs = append(pairs, t)
	}
	for _, flood := range []string{"", "get", "mget"} {
		rounds := map[*pair][]neighbour{}
		for range b.rounds {
			for _, t := range pairs {
				m, err := b.duringFlood(ctx, t, flood)
				if err != nil {
					return fmt.Errorf("neighbours, %s next to %q: %w", t.setting, flood, err)
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

// settle starts a server with two projects that have the same keys. It has its own database: servers with separate control
// data cannot share one.
func (b *bench) settle(ctx context.Context, redisAddr string, database int, setting string) (*pair, error) {
	enable := fmt.Sprintf(`{"engine":"external","redis_url":"redis://%s/%d"}`, redisAddr, database)
	s, err := b.startServer(ctx, fmt.Sprintf("neighbour%d", database), enable,
		"TEMPSKV_MAX_IN_FLIGHT="+setting)
	if err != nil {
		return nil, err
	}
	t := &pair{server: s, setting: setting}
	if _, t.other, err = s.as(s.admin).newProject(ctx); err != nil {
		return nil, err
	}
	type entry struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	var all struct {
		Entries []entry `json:"entries"`
	}
	for _, key := range keysOfFlood() {
		all.Entries = append(all.Entries, entry{key, json.RawMessage(smallValue)})
	}
	body, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	for _, token := range []access.Token{s.token, t.other} {
		if err := s.as(token).call(ctx, "POST", "/api/kv/mset", string(body), nil); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func keysOfFlood() []string {
	keys := []string{smallKey}
	for len(keys) < manyKeys {
		keys = append(keys, fmt.Sprintf("%s%d", smallKey, len(keys)))
	}
	return keys
}

// request is what the project with that token sends over and over.
func (t *pair) request(op string, token access.Token) (request, error) {
	body := []byte(keyBody(smallKey))
	if op == "mget" {
		var err error
		if body, err = json.Marshal(map[string][]string{"keys": keysOfFlood()}); err != nil {
			return request{}, err
		}
	}
	return request{method: "POST", url: t.url + "/api/kv/" + op, token: token, body: string(body)}, nil
}

// duringFlood is one round. The flood begins a second before and ends a second after.
func (b *bench) duringFlood(ctx context.Context, t *pair, flood string) (neighbour, error) {
	d := time.Duration(b.seconds) * time.Second
	m := neighbour{Flood: flood, Setting: t.setting}
	get, err := t.request("get", t.token)
	if err != nil {
		return m, err
	}
	ended := make(chan error, 1)
	if flood == "" {
		ended <- nil
	} else {
		go func() { ended <- b.flood(ctx, t, flood, d+2*time.Second, &m) }()
		<-time.After(time.Second)
	}
	took, failed, refused := paced(ctx, neighbourConnections, d, get)
	m.RequestsPerSecond, m.Failed, m.Refused = float64(len(took)-int(failed))/d.Seconds(), failed, refused
	m.P50ms, m.P99ms = percentile(took, 50), percentile(took, 99)
	return m, <-ended
}

// flood sends a flood for the time d, and takes down how it was answered.
func (b *bench) flood(ctx context.Context, t *pair, op string, d time.Duration, m *neighbour) error {
	r, err := t.request(op, t.other)
	if err != nil {
		return err
	}
	a, err := wrk(ctx, b.script, floodConnections, d, r)
	seconds := float64(a.Us) / 1e6
	m.FloodAnswered, m.FloodRefused = float64(a.Requests-a.Refused)/seconds, float64(a.Refused)/seconds
	return err
}
