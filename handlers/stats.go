// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/meter"
)

type statsBody struct {
	StepSeconds int           `json:"step_seconds" example:"15" doc:"How long a step is."`
	Steps       []statsStep   `json:"steps" doc:"Those of the last hour that are over and that the server saw whole, oldest first."`
	UsedMemory  int64         `json:"used_memory" example:"1048576" doc:"Bytes, as the store reports it; 0 while it is off."`
	MaxMemory   *int64        `json:"max_memory" nullable:"true" example:"268435456" doc:"Bytes, as read from the server, of a Cluster the smallest limit of its masters; 0 for no limit; null: not known."`
	Projects    []projectKeys `json:"projects" doc:"Keys by project, up to half a minute old; empty while the store is off."`
}

type statsStep struct {
	Time   time.Time `json:"time" example:"2030-01-02T15:04:15Z" doc:"When the step began, in UTC."`
	Reads  uint32    `json:"reads" example:"1200" doc:"Data operations that change nothing."`
	Writes uint32    `json:"writes" example:"300" doc:"Data operations that may change something."`
	Faults uint32    `json:"faults" example:"0" doc:"Those of both that ended in a 5xx."`
	P50    *float64  `json:"p50_ms" example:"0.35" doc:"Half of them took no longer, in milliseconds; null where there were none."`
	P99    *float64  `json:"p99_ms" example:"2.8" doc:"99 of 100 took no longer, in milliseconds; null where there were none."`
}

type statsOutput struct{ Body statsBody }

var errNoStats = kv.Refuse(kv.ErrNotSupported, "this runtime keeps no statistics")

func registerStats(a *API) {
	register(a, operation{
		id: "kvStats", method: http.MethodGet, path: "/api/kv/stats", tag: managementTag, summary: "How busy the service is",
		description: "Returns data operations and their latency over the last hour, memory, and keys by project. " +
			"The figures are of this server since its start, and are kept in memory alone.",
		need: access.SystemRead, errors: []error{kv.ErrNotSupported},
		response: `{"step_seconds":15,"steps":[{"time":"2030-01-02T15:04:15Z","reads":1200,"writes":300,"faults":0,` +
			`"p50_ms":0.35,"p99_ms":2.8}],"used_memory":1048576,"max_memory":268435456,` +
			`"projects":[{"id":1,"keys":1234,"complete":true}]}`,
	}, a.stats)
}

func (a *API) stats(ctx context.Context, _ *scope, _ *noInput) (*statsOutput, error) {
	if a.meter == nil {
		return nil, errNoStats
	}
	counts, err := a.keysOfProjects(ctx, countAge)
	if err != nil {
		return nil, err
	}
	status := a.service.Status(ctx)
	body := statsBody{
		StepSeconds: int(meter.StepTime / time.Second), Steps: []statsStep{}, Projects: counts,
	}
	if status.Settings.Enabled {
		body.UsedMemory, body.MaxMemory = status.Server.UsedMemory, status.Server.MaxMemory
	}
	for _, m := range a.meter.Hour(a.now()) {
		body.Steps = append(body.Steps, statsStep{m.Time, m.Reads, m.Writes, m.Faults, m.P50, m.P99})
	}
	return &statsOutput{body}, nil
}
