// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/meter"
)

type statsBody struct {
	StepSeconds int            `json:"step_seconds" example:"15" doc:"How long a step is: 15 seconds, of a range of 24h 5 minutes."`
	Steps       []statsStep    `json:"steps" doc:"Those of the range that are over, oldest first, from the one in which the server started."`
	Since       time.Time      `json:"since" example:"2030-01-02T14:05:00Z" doc:"When operations, problems, hits and misses began to be counted, in UTC: with the range or a little before, or with the server."`
	Operations  []operationUse `json:"operations" doc:"The data operations that were called, by name."`
	Problems    []problemCount `json:"problems" doc:"The problems that data operations ended in, the most frequent first."`
	Hits        uint64         `json:"hits" minimum:"0" example:"900" doc:"Keys that get and mget read and that were there."`
	Misses      uint64         `json:"misses" minimum:"0" example:"100" doc:"Keys that get and mget read and that were not there."`
	UsedMemory  int64          `json:"used_memory" example:"1048576" doc:"Bytes, as the store reports it; 0 while it is off."`
	MaxMemory   *int64         `json:"max_memory" nullable:"true" example:"268435456" doc:"Bytes, as read from the server, of a Cluster the smallest limit of its masters; 0 for no limit; null: not known."`
	Projects    []projectUse   `json:"projects" doc:"What projects hold, up to half a minute old, and how they were used; empty while the store is off."`
}

type statsStep struct {
	Time    time.Time `json:"time" example:"2030-01-02T15:04:15Z" doc:"When the step began, in UTC."`
	Reads   uint32    `json:"reads" example:"1200" doc:"Data operations that change nothing."`
	Writes  uint32    `json:"writes" example:"300" doc:"Data operations that may change something."`
	Refused uint32    `json:"refused" minimum:"0" example:"2" doc:"Those of both that ended in a 4xx."`
	Faults  uint32    `json:"faults" example:"0" doc:"Those of both that ended in a 5xx."`
	P50     *float64  `json:"p50_ms" example:"0.35" doc:"Half of them took no longer, in milliseconds; null where there were none."`
	P99     *float64  `json:"p99_ms" example:"2.8" doc:"99 of 100 took no longer, in milliseconds; null where there were none."`
}

type operationUse struct {
	Operation string  `json:"operation" example:"kvGet" doc:"Its operationId."`
	Requests  uint64  `json:"requests" minimum:"0" example:"1200" doc:"How often it was called."`
	Refused   uint64  `json:"refused" minimum:"0" example:"2" doc:"Calls that ended in a 4xx."`
	Faults    uint64  `json:"faults" minimum:"0" example:"0" doc:"Calls that ended in a 5xx."`
	P50       float64 `json:"p50_ms" minimum:"0" example:"0.35" doc:"Half of them took no longer, in milliseconds, about."`
	P99       float64 `json:"p99_ms" minimum:"0" example:"2.8" doc:"99 of 100 took no longer, in milliseconds, about."`
}

type problemCount struct {
	Code   string `json:"code" example:"too_large" doc:"The code of the problem."`
	Status int    `json:"status" example:"413" doc:"Its HTTP status."`
	Count  uint64 `json:"count" minimum:"1" example:"3" doc:"How often."`
}

// projectUse is what a project holds, and how it was used.
type projectUse struct {
	ID       kv.ProjectID `json:"id" minimum:"1" maximum:"9007199254740991" example:"1" doc:"The project."`
	Keys     int64        `json:"keys" minimum:"0" example:"1234" doc:"How many keys were counted."`
	Complete bool         `json:"complete" example:"true" doc:"Whether that is all of them: where the store does not know, counting ends after 100,000 keys, and after 2 seconds for all projects."`
	Bytes    *int64       `json:"bytes" nullable:"true" example:"45678" doc:"Bytes of keys and values, each key counting 64 more; null where the store does not know without counting: see getProjectStats."`
	MaxKeys  int64        `json:"max_keys" minimum:"0" example:"10000" doc:"How many keys it may hold, by its own limit or that of the server; 0 for no limit."`
	MaxBytes int64        `json:"max_bytes" minimum:"0" example:"104857600" doc:"How many bytes it may hold, likewise."`
	Requests uint64       `json:"requests" minimum:"0" example:"1500" doc:"Its data operations in the range. Of very many projects, 200 are counted."`
	Failed   uint64       `json:"failed" minimum:"0" example:"2" doc:"Those of them that ended in a 4xx or 5xx."`
}

type statsOutput struct{ Body statsBody }

var errNoStats = kv.Refuse(kv.ErrNotSupported, "this runtime keeps no statistics")

// rangeParam is how far back statistics go, in a query.
type rangeParam string

var ranges = map[rangeParam]meter.Range{"": meter.Hour, "15m": meter.QuarterHour, "1h": meter.Hour, "24h": meter.Day}

// Schema lists them.
func (rangeParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Enum: []any{"15m", "1h", "24h"}, Default: "1h"}
}

func (p rangeParam) check(f *body.Violations) {
	if _, ok := ranges[p]; !ok {
		f.Add("query.range", "must be 15m, 1h or 24h")
	}
}

type statsInput struct {
	Range rangeParam `query:"range" doc:"How far back: 15m, 1h or 24h."`
}

func (in *statsInput) check(f *body.Violations) { in.Range.check(f) }

const stepExample = `{"time":"2030-01-02T15:04:15Z","reads":1200,"writes":300,"refused":2,"faults":0,"p50_ms":0.35,"p99_ms":2.8}`

func registerStats(a *API) {
	register(a, operation{
		id: "kvStats", method: http.MethodGet, path: "/api/kv/stats", tag: managementTag, summary: "How busy the service is",
		description: "Returns data operations and their latency over time, how they ended, memory, and what projects hold. " +
			"The figures are of this server since its start, and are kept in memory alone.",
		need: access.SystemRead, query: true, errors: []error{kv.ErrNotSupported},
		response: `{"step_seconds":15,"steps":[` + stepExample + `],"since":"2030-01-02T14:05:00Z",` +
			`"operations":[{"operation":"kvGet","requests":1200,"refused":2,"faults":0,"p50_ms":0.35,"p99_ms":2.8}],` +
			`"problems":[{"code":"too_large","status":413,"count":2}],"hits":900,"misses":100,` +
			`"used_memory":1048576,"max_memory":268435456,"projects":[{"id":1,"keys":1234,"complete":true,"bytes":45678,` +
			`"max_keys":10000,"max_bytes":0,"requests":1500,"failed":2}]}`,
	}, a.stats)
	registerProjectStats(a)
}

func (a *API) stats(ctx context.Context, _ *scope, in *statsInput) (*statsOutput, error) {
	if a.meter == nil {
		return nil, errNoStats
	}
	counts, err := a.keysOfProjects(ctx, countAge)
	if err != nil {
		return nil, err
	}
	status, now, r := a.service.Status(ctx), a.now(), ranges[in.Range]
	window := a.meter.Window(now, r)
	out := &statsOutput{statsBody{
		StepSeconds: int(r.Step / time.Second), Steps: statsSteps(a.meter.Steps(now, r)), Since: window.Since,
		Operations: operationsUsed(window), Problems: problemsUsed(window), Hits: window.Hits, Misses: window.Misses,
		Projects: a.projectsUsed(ctx, counts, now, r),
	}}
	if status.Settings.Enabled {
		out.Body.UsedMemory, out.Body.MaxMemory = status.Server.UsedMemory, status.Server.MaxMemory
	}
	return out, nil
}

func statsSteps(steps []meter.Step) []statsStep {
	all := make([]statsStep, len(steps))
	for i, s := range steps {
		all[i] = statsStep{s.Time, s.Reads, s.Writes, s.Refused, s.Faults, s.P50, s.P99}
	}
	return all
}

func operationsUsed(w meter.Window) []operationUse {
	all := make([]operationUse, len(w.Operations))
	for i, o := range w.Operations {
		all[i] = operationUse{o.Name, o.Requests, o.Refused, o.Faults, o.P50, o.P99}
	}
	slices.SortFunc(all, func(x, y operationUse) int { return strings.Compare(x.Operation, y.Operation) })
	return all
}

// problemsUsed adds up the kinds of problems that share a code.
func problemsUsed(w meter.Window) []problemCount {
	all := []problemCount{}
	for i, k := range problemKinds {
		if w.Codes[i] == 0 {
			continue
		}
		if j := slices.IndexFunc(all, func(p problemCount) bool { return p.Code == k.code }); j >= 0 {
			all[j].Count += w.Codes[i]
			continue
		}
		all = append(all, problemCount{k.code, k.status, w.Codes[i]})
	}
	slices.SortStableFunc(all, func(x, y problemCount) int { return cmp.Compare(y.Count, x.Count) })
	return all
}

// projectsUsed adds to what projects hold how they were used, and what they may hold.
func (a *API) projectsUsed(ctx context.Context, counts []projectKeys, now time.Time, r meter.Range) []projectUse {
	all := make([]projectUse, len(counts))
	for i, c := range counts {
		sum := a.meter.ProjectSum(int64(c.id), now, r)
		all[i] = projectUse{
			ID: c.id, Keys: c.keys, Complete: c.complete, Bytes: c.bytes,
			Requests: sum.Reads + sum.Writes, Failed: sum.Refused + sum.Faults,
		}
		if a.limiter != nil {
			own, _ := a.control.ProjectLimits(ctx, c.id) // those of the server where they cannot be read
			_, all[i].MaxKeys, all[i].MaxBytes = a.limiter.Effective(own)
			if n, ok := a.limiter.Bytes(c.id); ok && c.bytes == nil {
				all[i].Bytes = &n
			}
		}
	}
	return all
}
