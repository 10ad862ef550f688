// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// serviceEvent is what the service does at the moment, or how that ended.
type serviceEvent struct {
	Action  string  `json:"action" enum:"none,enable,update,disable,start,purge,backup,verify,restore" example:"enable" doc:"The job that is under way, or was last; none if there was none yet."`
	Step    string  `json:"step" example:"pull docker.io/library/redis:8-alpine" doc:"What it does now, in words."`
	Percent int     `json:"percent" minimum:"0" maximum:"100" example:"42" doc:"How much of the step is done, where that is known; else 0."`
	Done    bool    `json:"done" example:"false" doc:"Whether the job has ended."`
	Error   *string `json:"error,omitempty" doc:"What the job failed in."`
}

func newServiceEvent(e lifecycle.Event) serviceEvent {
	return serviceEvent{Action: cmp.Or(e.Action, "none"), Step: e.Step, Percent: e.Percent, Done: e.Done, Error: known(e.Error)}
}

const eventsType = "text/event-stream"

// repeatTime is how often the last event is sent again, so that no proxy takes the connection for dead.
const repeatTime = 15 * time.Second

func registerEvents(a *API) {
	op := operation{
		id: "kvEvents", method: http.MethodGet, path: "/api/kv/events", tag: managementTag,
		summary: "What the service does, as it does it",
		description: "Server-sent events: the steps of enable, update, disable, purge, backup, verify and restore, those that the server begins by " +
			"itself, and how they end. The first tells how things are now, and the last is repeated every 15 seconds. A " +
			"reader that is slow misses what was between. They end when the caller leaves or the server stops.",
		need: access.SystemRead, streams: true, media: eventsType, errors: []error{kv.ErrNotSupported}, supported: (*API).supportsEvents,
		document: (*API).documentEvents,
	}
	register(a, op, func(_ context.Context, sc *scope, _ *noInput) (*stream, error) {
		return &stream{func(ctx context.Context) { a.sendEvents(ctx, sc.writer) }}, nil
	})
}

func (a *API) supportsEvents() error {
	if a.whole {
		return kv.Refuse(kv.ErrNotSupported, "a function sends its answer as a whole: ask for the status instead")
	}
	return nil
}

// documentEvents says what one event holds.
func (a *API) documentEvents(success *huma.Response) {
	success.Description = "Server-sent events. The data of each is one ServiceEvent."
	success.Content[eventsType].Schema.Extensions = map[string]any{
		"x-event-data": a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[serviceEvent](), true, ""),
	}
}

// sendEvents sends events until the caller leaves or the server stops.
func (a *API) sendEvents(ctx context.Context, w http.ResponseWriter) {
	liftWriteDeadline(w)
	repeat := time.NewTicker(repeatTime)
	defer repeat.Stop()
	w.Header().Set("Content-Type", eventsType)
	for {
		event, changed := a.service.Progress()
		if err := sendEvent(w, newServiceEvent(event)); err != nil {
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

// sendEvent sends one event at once.
func sendEvent(w http.ResponseWriter, e serviceEvent) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
