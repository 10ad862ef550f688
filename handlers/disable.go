// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// doneResponse is the response of calls that leave nothing to show: disable and purge.
type doneResponse struct {
	Success bool   `json:"success" example:"true" doc:"Always true."`
	Message string `json:"message" example:"KV storage is disabled." doc:"What was done, in a sentence."`
}

type doneOutput struct{ Body doneResponse }

func registerDisable(a *API) {
	const done = "KV storage is disabled. Its data stays, and is back after enable."
	register(a, operation{
		id: "kvDisable", method: http.MethodDelete, path: "/api/kv/disable", tag: managementTag,
		summary:     "Turn the service off",
		description: "Stops the store. Its data stays, and is back after enable.",
		need:        access.SystemAdmin, audited: true, target: "service",
		errors:   []error{kv.ErrNotEnabled, kv.ErrBusy},
		response: `{"success":true,"message":"` + done + `"}`,
	}, func(ctx context.Context, sc *scope, _ *noInput) (*doneOutput, error) {
		ctx, cancel := sc.detach(ctx)
		defer cancel()
		if err := a.service.Disable(ctx); err != nil {
			return nil, err
		}
		return &doneOutput{doneResponse{true, done}}, nil
	})
}
