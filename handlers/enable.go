// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

type enableRequest struct {
	Engine *engine.Name `json:"engine,omitempty" enum:"embedded,podman,external" example:"podman" doc:"What holds the data. The first enable fixes it; if it names none, podman where its socket answers, else embedded."`
	SettingsFields
}

func (in *enableRequest) change() engine.Change {
	c := in.SettingsFields.change()
	c.Engine = in.Engine
	return c
}

type enableInput struct{ Body enableRequest }

// serviceResponse is the response of enable and update.
type serviceResponse struct {
	Success bool       `json:"success" example:"true" doc:"Always true."`
	Message string     `json:"message" example:"KV storage is enabled." doc:"What was done, in a sentence."`
	Status  statusBody `json:"status"`
}

type serviceOutput struct{ Body serviceResponse }

func registerEnable(a *API) {
	register(a, operation{
		id: "kvEnable", method: http.MethodPost, path: "/api/kv/enable", tag: managementTag, summary: "Turn the service on",
		description: "Brings up the engine and waits until it answers. A field that is not given keeps its stored " +
			"setting, else its default. It goes on if the caller leaves, and the same request joins it; sent again after " +
			"a failure, it converges.",
		need: access.SystemAdmin, audited: true, target: "service",
		errors:   []error{kv.ErrAlreadyEnabled, kv.ErrBusy, kv.ErrConflict, kv.ErrNotSupported},
		request:  `{"max_memory":"256mb"}`,
		response: `{"success":true,"message":"KV storage is enabled.","status":` + statusExample + `}`,
	}, func(ctx context.Context, sc *scope, in *enableInput) (*serviceOutput, error) {
		ctx, cancel := sc.detach(ctx)
		defer cancel()
		status, err := a.service.Enable(ctx, in.Body.change())
		if err != nil {
			return nil, err
		}
		return &serviceOutput{serviceResponse{true, "KV storage is enabled.", newStatusBody(status, sc.principal)}}, nil
	})
}
