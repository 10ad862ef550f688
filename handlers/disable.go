// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/kv"
)

type disableResponse struct {
	Success bool   `json:"success" example:"true" doc:"Always true."`
	Message string `json:"message" example:"KV storage is disabled; its data stays." doc:"What was done, in a sentence."`
}

type disableOutput struct{ Body disableResponse }

func registerDisable(a *API) {
	const done = "KV storage is disabled. Its data stays, and is back after enable."
	register(a, operation{
		id: "kvDisable", method: http.MethodDelete, path: "/api/kv/disable", tag: managementTag,
		summary:     "Turn the service off",
		description: "Stops the store. Its data stays, and is back after enable.",
		need:        kv.SystemAdmin, audited: true, target: "service",
		errors: []error{kv.ErrNotEnabled, kv.ErrBusy},
		answer: `{"success":true,"message":"` + done + `"}`,
	}, func(ctx context.Context, c *call, _ *noInput) (*disableOutput, error) {
		ctx, cancel := c.patient(ctx)
		defer cancel()
		if err := a.service.Disable(ctx); err != nil {
			return nil, err
		}
		return &disableOutput{disableResponse{true, done}}, nil
	})
}
