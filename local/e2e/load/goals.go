// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

// goal is one of the figures that the project holds itself to.
type goal struct {
	What   string    `json:"what"`
	Unit   string    `json:"unit,omitzero"`
	Want   float64   `json:"want"`
	AtMost bool      `json:"at_most"` // Want is an upper bound, else a lower one
	Rounds []float64 `json:"rounds"`
}

func (g goal) value() float64 { return median(g.Rounds) }

func (g goal) reached() bool {
	if g.AtMost {
		return g.value() > 0 && g.value() <= g.Want // 0 was not measured
	}
	return g.value() >= g.Want
}

// goalConnections are those of all goals that say nothing else.
const goalConnections = 64

// goals are in the order in which they are reported.
func goals() []section {
	return []section{
		{"webdis", (*bench).goalsNextToWebdis},
		{"set", (*bench).goalOfSet},
		{"mset", (*bench).goalsOfMSet},
		{"restore", (*bench).goalOfRestore},
		{"memory", (*bench).goalsOfMemory},
		{"neighbours", (*bench).goalOfNeighbours},
	}
}

// measureGoals measures the goals that were chosen.
func (b *bench) measureGoals(ctx context.Context, r *report) error {
	for _, g := range b.goals {
		if err := g.measure(b, ctx, r); err != nil {
			return err
		}
		b.end()
	}
	return nil
}

func (b *bench) goalTask(workload string) task {
	return task{workload: workload, connections: goalConnections, rounds: b.GoalRounds, seconds: b.GoalSeconds}
}

// goalsNextToWebdis measures what is compared with webdis and the no-op.
func (b *bench) goalsNextToWebdis(ctx context.Context, r *report) error {
	p, err := b.startPeers(ctx, netHTTP)
	if err != nil {
		return err
	}
	b.progress("goals: get and mget")
	mget := p.mget()[:2] // of the two engines
	get := p.get(smallKey)
	rounds, err := b.measure(ctx, b.goalTask("get"), append(get, mget...)...)
	if err != nil {
		return err
	}
	for i := range mget {
		for n := range rounds[len(get)+i] {
			rounds[len(get)+i][n].Workload = fmt.Sprint("mget ", manyKeys)
		}
	}
	b.progress("goals: incr")
	incr := p.incr()
	rivals, err := b.measure(ctx, b.goalTask("incr"), incr[0], incr[len(incr)-1])
	if err != nil {
		return err
	}
	r.GoalResults = append(medians(rounds), medians(rivals)...)
	perSecond := func(m result) float64 { return m.RequestsPerSecond }
	p99 := func(m result) float64 { return m.P99ms }
	external, embedded, noop := rounds[0], rounds[1], rounds[2]
	many := rounds[len(get):]
	cpu := func(m result) float64 { return m.GatewayCPU }
	ofCPU := goal{What: "CPU of `get` external / no-op on net/http", Want: 1.15, AtMost: true, Rounds: ratios(external, noop, cpu)}
	if p.webdis == nil {
		r.Goals = append(r.Goals, ofCPU)
		return nil
	}
	webdis := rounds[3]
	r.Goals = append(r.Goals,
		goal{What: "`get` external / webdis, requests/s", Want: 1, Rounds: ratios(external, webdis, perSecond)},
		goal{What: "`get` embedded / webdis, requests/s", Want: 1.3, Rounds: ratios(embedded, webdis, perSecond)},
		goal{What: "`incr` external / webdis, requests/s", Want: 0.9, Rounds: ratios(rivals[0], rivals[1], perSecond)},
		goal{What: "p99 of `get` external / webdis", Want: 1.7, AtMost: true, Rounds: ratios(external, webdis, p99)},
		goal{What: "p99 of `get` embedded / webdis", Want: 1.7, AtMost: true, Rounds: ratios(embedded, webdis, p99)},
		ofCPU,
	)
	for _, rounds := range many {
		r.Goals = append(r.Goals, goal{
			What: fmt.Sprintf("`mget` of %d %s, keys/s / webdis `GET`/s", manyKeys, rounds[0].Gateway), Want: 10,
			Rounds: scaled(ratios(rounds, webdis, perSecond), manyKeys),
		})
	}
	return nil
}

// ratios returns the ratio of a figure of one subject to that of another, round by round.
func ratios(of, to []result, figure func(result) float64) (all []float64) {
	for i := range of {
		all = append(all, ratio(figure(of[i]), figure(to[i])))
	}
	return all
}

// ratio is 0 where there is nothing to compare with.
func ratio(of, to float64) float64 {
	if to == 0 {
		return 0
	}
	return of / to
}

func scaled(figures []float64, by float64) (all []float64) {
	for _, f := range figures {
		all = append(all, f*by)
	}
	return all
}

// goalOfSet measures durable writes of the embedded engine, one key in each request.
func (b *bench) goalOfSet(ctx context.Context, r *report) error {
	s, err := b.startEmbedded(ctx)
	if err != nil {
		return err
	}
	b.progress("goals: set")
	rounds, err := b.measure(ctx, b.goalTask("durable set"), s.subject("set", setBody("#", smallValue)))
	if err != nil {
		return err
	}
	r.GoalResults = append(r.GoalResults, medians(rounds)...)
	var sets []float64
	for _, m := range rounds[0] {
		sets = append(sets, m.RequestsPerSecond)
	}
	r.Goals = append(r.Goals, goal{What: "durable `set` embedded, 64 connections", Unit: "/s", Want: 30_000, Rounds: sets})
	return nil
}

// goalsOfMSet measures durable writes of the embedded engine, many keys in each request.
func (b *bench) goalsOfMSet(ctx context.Context, r *report) error {
	for _, w := range []struct {
		name string
		want float64
		keys func(int) []string
	}{{"random keys", 35_000, anywhere}, {"in key order", 100_000, inOrder}} {
		b.progress("goals: mset, %s", w.name)
		stored, err := b.storeInBulk(ctx, w.keys)
		if err != nil {
			return err
		}
		r.Goals = append(r.Goals, goal{What: fmt.Sprintf("`mset` of %s embedded, %s", number(bulkKeys), w.name), Unit: " keys/s", Want: w.want, Rounds: stored})
	}
	return nil
}

// storeInBulk returns how many keys a second a new server stores, round by round. Each round adds to what is stored.
func (b *bench) storeInBulk(ctx context.Context, keys func(int) []string) (rounds []float64, err error) {
	s, err := b.startEmbedded(ctx)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	k, next := bulk{s, keys}, 0
	for range b.GoalRounds {
		var perSecond float64
		if perSecond, next, err = k.during(ctx, next, time.Duration(b.GoalSeconds)*time.Second); err != nil {
			return nil, err
		}
		rounds = append(rounds, perSecond)
	}
	return rounds, nil
}

// goalOfRestore measures how long it takes to restore a backup into new servers.
func (b *bench) goalOfRestore(ctx context.Context, r *report) error {
	b.progress("goals: restore")
	place := "TEMPSKV_BACKUP_TO=" + b.path("backups")
	s, err := b.startEmbedded(ctx, place)
	if err != nil {
		return err
	}
	if err := s.fill(ctx, 0, b.RestoredKeys); err != nil {
		return err
	}
	var backup struct{ ID string }
	if err := s.as(s.admin).call(ctx, "POST", "/api/kv/backups", "{}", &backup); err != nil {
		return err
	}
	s.stop()
	g := goal{What: "restore, embedded", Unit: " keys/s", Want: 50_000}
	for range b.GoalRounds {
		s, err := b.startServer(ctx, b.server, embedded, `{"engine":"embedded"}`, place)
		if err != nil {
			return err
		}
		start := time.Now()
		var restored struct{ Keys int }
		if err := s.as(s.admin).call(ctx, "POST", "/api/kv/backups/"+backup.ID+"/restore", `{"replace":true}`, &restored); err != nil {
			return err
		}
		if restored.Keys != b.RestoredKeys {
			return fmt.Errorf("%d keys were restored of %d", restored.Keys, b.RestoredKeys)
		}
		g.Rounds = append(g.Rounds, float64(restored.Keys)/time.Since(start).Seconds())
		s.stop()
	}
	r.Goals = append(r.Goals, g)
	return nil
}

// goalsOfMemory measures the memory of the embedded engine.
func (b *bench) goalsOfMemory(ctx context.Context, r *report) error {
	b.progress("goals: memory")
	s, err := b.startEmbedded(ctx)
	if err != nil {
		return err
	}
	rest := goal{What: "memory at rest", Unit: " MB", Want: 40, AtMost: true}
	idle := goal{What: fmt.Sprintf("memory with %s idle connections", number(b.idle())), Unit: " MB", Want: 200, AtMost: true}
	for range b.GoalRounds {
		atRest, connected, err := b.restAndIdle(ctx, s)
		if err != nil {
			return err
		}
		rest.Rounds, idle.Rounds = append(rest.Rounds, atRest.MB), append(idle.Rounds, connected.MB)
	}
	r.Goals = append(r.Goals, rest, idle)
	return nil
}

// goalOfNeighbours measures what a flood of another project does to a project whose server keeps the one from the other.
func (b *bench) goalOfNeighbours(ctx context.Context, r *report) error {
	b.progress("goals: neighbours")
	redis, err := b.startRedis(ctx)
	if err != nil {
		return err
	}
	t, err := b.settle(ctx, redis, 0, "auto")
	if err != nil {
		return err
	}
	g := goal{What: "p99 of a neighbour under a `get` flood, `auto` / alone", Want: 3, AtMost: true}
	for range b.GoalRounds {
		alone, err := b.duringFlood(ctx, t, "")
		if err != nil {
			return err
		}
		flooded, err := b.duringFlood(ctx, t, "get")
		if err != nil {
			return err
		}
		g.Rounds = append(g.Rounds, ratio(flooded.P99ms, alone.P99ms))
	}
	r.Goals = append(r.Goals, g)
	return nil
}
