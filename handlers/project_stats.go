// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

type projectStatsBody struct {
	StepSeconds int             `json:"step_seconds" example:"15" doc:"How long a step is: 15 seconds, of a range of 24h 5 minutes."`
	Steps       []statsStep     `json:"steps" doc:"Those of the range that are over, oldest first, from the one in which the server started."`
	Keys        int64           `json:"keys" minimum:"0" example:"1234" doc:"How many keys were counted; 0 while the store is off."`
	Bytes       *int64          `json:"bytes" nullable:"true" example:"45678" doc:"Bytes of the keys counted and of their values, each key counting 64 more; null where this store does not count them."`
	Complete    bool            `json:"complete" example:"true" doc:"Whether that is all of them: where the store does not know, counting ends after 100,000 keys, and after 2 seconds."`
	Limits      effectiveLimits `json:"limits"`
}

// effectiveLimits are what holds for a project now: its own limits, else those of the server.
type effectiveLimits struct {
	RequestsPerSecond int64 `json:"requests_per_second" minimum:"0" example:"100" doc:"Data operations that it may make a second, by its own limit or that of the server; 0 for no limit."`
	Keys              int64 `json:"keys" minimum:"0" example:"10000" doc:"Keys that it may hold; 0 for no limit."`
	Bytes             int64 `json:"bytes" minimum:"0" example:"104857600" doc:"Bytes of keys and values that it may hold; 0 for no limit."`
}

type projectStatsOutput struct{ Body projectStatsBody }

type projectStatsInput struct {
	ProjectInput
	Range rangeParam `query:"range" doc:"How far back: 15m, 1h or 24h."`
}

func (in *projectStatsInput) check(f *body.Violations) {
	in.ProjectInput.check(f)
	in.Range.check(f)
}

func registerProjectStats(a *API) {
	register(a, operation{
		id: "getProjectStats", method: http.MethodGet, path: "/api/projects/{id}/stats", tag: projectsTag,
		summary: "How busy a project is, and what it holds",
		description: "Returns the data operations of a project and their latency over time, its keys and bytes, and the limits " +
			"that hold for it. The operations are those at this server since its start, and are kept in memory alone. What it holds " +
			"is up to half a minute old.",
		need: access.SystemRead, query: true, errors: []error{kv.ErrProjectNotFound, kv.ErrNotSupported},
		response: `{"step_seconds":15,"steps":[` + stepExample + `],"keys":1234,"bytes":45678,"complete":true,` +
			`"limits":{"requests_per_second":100,"keys":10000,"bytes":0}}`,
	}, a.projectStats)
}

func (a *API) projectStats(ctx context.Context, _ *scope, in *projectStatsInput) (*projectStatsOutput, error) {
	if a.meter == nil {
		return nil, errNoStats
	}
	p, err := a.control.Project(ctx, in.project)
	if err != nil {
		return nil, err
	}
	held, err := a.heldBy(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	r := ranges[in.Range]
	out := &projectStatsOutput{projectStatsBody{
		StepSeconds: int(r.Step / time.Second), Steps: statsSteps(a.meter.ProjectSteps(int64(p.ID), a.now(), r)),
		Keys: held.keys, Bytes: held.bytes, Complete: held.complete,
	}}
	if a.limiter != nil {
		l := &out.Body.Limits
		l.RequestsPerSecond, l.Keys, l.Bytes = a.limiter.Effective(p.Limits)
	}
	return out, nil
}
