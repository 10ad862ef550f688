// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// eventBody is what the service does at the moment, or how that ended.
type eventBody struct {
	Action  string  `json:"action" enum:"none,enable,update,disable,start,purge,backup,verify,restore" example:"enable" doc:"The job that is under way, or was last; none if there was none yet."`
	Step    string  `json:"step" example:"pull docker.io/library/redis:8-alpine" doc:"What it does now, in words."`
	Percent int     `json:"percent" minimum:"0" maximum:"100" example:"42" doc:"How much of the step is done, where that is known; else 0."`
	Done    bool    `json:"done" example:"false" doc:"Whether the job has ended."`
	Error   *string `json:"error,omitempty" doc:"What the job failed in."`
}

func newEventBody(e lifecycle.Event) eventBody {
	return eventBody{Action: cmp.Or(e.Action, "none"), Step: e.Step, Percent: e.Percent, Done: e.Done, Error: known(e.Error)}
}

// repeatTime is how often the last event is sent again, so that nobody on the way takes the connection for dead.
const repeatTime = 15 * time.Second

func registerEvents(a *API) {
	op := operation{
		id: "kvEvents", method: http.MethodGet, path: "/api/kv/events", tag: managementTag,
		summary: "What the service does, as it does it",
		description: "Server-sent events: the steps of enable, update, disable, purge, backup, verify and restore, those that the server begins by " +
			"itself, and how they end. The first tells how things are now, and the last is repeated every 15 seconds. A " +
			"reader that is slow misses what was between. They end when the caller leaves or the server stops.",
		need: kv.SystemRead, streams: true, errors: []error{kv.ErrNotSupported},
	}
	a.add(op, func(described huma.Operation) {
		described.Middlewares = append(described.Middlewares, a.permitted(op.need))
		sse.Register(a.huma, described, map[string]any{"message": eventBody{}},
			func(ctx context.Context, _ *struct{}, send sse.Sender) { a.sendEvents(ctx, send) })
		// huma describes a list of messages, which the answer is not either: generators want to know what one event holds.
		document := a.huma.OpenAPI()
		events := document.Paths[op.path].Get.Responses["200"]
		events.Description = "Server-sent events. The data of each is one Event."
		events.Content["text/event-stream"].Schema = document.Components.Schemas.Schema(reflect.TypeFor[eventBody](), true, "")
	})
}

// permitted refuses calls whose token lacks a permission, where there is no admitted to do it, or that this runtime
// cannot stream to.
func (a *API) permitted(need kv.Permissions) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := callOf(ctx.Context())
		err := c.permit(need)
		if err == nil && a.whole {
			err = kv.Refuse(kv.ErrNotSupported, "a function sends its answer as a whole: ask for the status instead")
		}
		if err != nil {
			a.refusal(ctx.Context(), err, c.requestID).write(c.response)
			return
		}
		next(ctx)
	}
}

// sendEvents sends events until nobody reads them, or the server stops.
func (a *API) sendEvents(ctx context.Context, send sse.Sender) {
	repeat := time.NewTicker(repeatTime)
	defer repeat.Stop()
	for {
		event, changed := a.service.Progress()
		if err := send.Data(newEventBody(event)); err != nil {
			return
		}
		select {
		case <-changed:
		case <-repeat.C:
		case <-a.drained:
			return
		case <-ctx.Done():
			return
		}
	}
}
