// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// floodConnections send as fast as they are answered; neighbourConnections are those of the project beside them.
	floodConnections     = 512
	neighbourConnections = 4
	// floodLimit is what the project of the flood may send a second, where that is limited.
	floodLimit = 1000
)

// neighbour is how a project fares on a few connections, alone or beside another's flood.
type neighbour struct {
	Setting           string  `json:"setting"`
	Flood             float64 `json:"flood_per_second"` // requests answered, refusals too
	RequestsPerSecond float64 `json:"requests_per_second"`
	P50ms             float64 `json:"p50_ms"`
	P99ms             float64 `json:"p99_ms"`
	Errors            int64   `json:"errors"`
}

// situation is a server and whether another project floods it.
type situation struct {
	setting string
	env     []string
	flood   bool
	limit   int // of the flood's project, in requests a second; 0: none
}

var situations = []situation{
	{setting: "alone"},
	{setting: "flood, max-in-flight none", env: []string{"TEMPSKV_MAX_IN_FLIGHT=none"}, flood: true},
	{setting: "flood", flood: true},
	{setting: "flood, limited by project", flood: true, limit: floodLimit},
}

// measureNeighbours measures a project beside a flood, with and without what keeps the one from the other, on one
// Redis: the rounds in the middle by p99.
func (b *bench) measureNeighbours(ctx context.Context, r *report) error {
	_, redisAddr, err := b.startRedis(ctx)
	if err != nil {
		return err
	}
	for i, situation := range situations {
		// A database each: servers with control data of their own share none.
		enable := fmt.Sprintf(`{"engine":"external","redis_url":"redis://%s/%d"}`, redisAddr, i)
		s, err := b.startServer(ctx, fmt.Sprintf("neighbour%d", i), enable, situation.env...)
		if err != nil {
			return err
		}
		m, err := b.measureNeighbour(ctx, s, situation)
		if err != nil {
			return fmt.Errorf("neighbours, %s: %w", situation.setting, err)
		}
		r.Neighbours = append(r.Neighbours, m)
		s.stop()
	}
	return nil
}

func (b *bench) measureNeighbour(ctx context.Context, s *server, at situation) (neighbour, error) {
	body := keyBody(smallKey)
	get := request{method: "POST", url: s.url + "/api/kv/get", token: s.token, body: body}
	if err := s.call(ctx, "POST", "/api/kv/set", fmt.Sprintf(`{"key":%q,"value":%s}`, smallKey, smallValue), nil); err != nil {
		return neighbour{}, err
	}
	flood := get
	s.token = s.admin
	id, token, err := s.newProject(ctx)
	if err != nil {
		return neighbour{}, err
	}
	flood.token = token
	if at.limit > 0 {
		limits := fmt.Sprintf(`{"limits":{"requests_per_second":%d}}`, at.limit)
		if err := s.call(ctx, "PATCH", fmt.Sprintf("/api/projects/%d", id), limits, nil); err != nil {
			return neighbour{}, err
		}
	}
	rounds := make([]neighbour, b.rounds)
	for i := range rounds {
		if rounds[i], err = b.besideFlood(ctx, at, get, flood); err != nil {
			return neighbour{}, err
		}
	}
	slices.SortFunc(rounds, func(a, b neighbour) int { return int(a.P99ms*1e3) - int(b.P99ms*1e3) })
	return rounds[len(rounds)/2], nil
}

// besideFlood is one round. The flood begins a second before and ends a second after.
func (b *bench) besideFlood(ctx context.Context, at situation, get, flood request) (neighbour, error) {
	d := time.Duration(b.seconds) * time.Second
	var flooded answers
	var floodErr error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if at.flood {
			flooded, floodErr = wrk(ctx, b.script, floodConnections, d+2*time.Second, flood)
		}
	}()
	if at.flood {
		<-time.After(time.Second)
	}
	a, err := wrk(ctx, b.script, neighbourConnections, d, get)
	<-ended
	if err == nil {
		err = floodErr
	}
	m := neighbour{
		Setting: at.setting, RequestsPerSecond: float64(a.Requests) / (float64(a.Us) / 1e6),
		P50ms: a.P50 / 1e3, P99ms: a.P99 / 1e3, Errors: a.Errors,
	}
	if at.flood && flooded.Us > 0 {
		m.Flood = float64(flooded.Requests) / (float64(flooded.Us) / 1e6)
	}
	return m, err
}
