// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type updateRequest struct{ SettingsFields }

type updateInput struct{ Body updateRequest }

func registerUpdate(a *API) {
	register(a, operation{
		id: "kvUpdate", method: http.MethodPatch, path: "/api/kv/update", tag: managementTag,
		summary: "Change the settings of the service",
		description: "Brings a service that is on to other settings, keeping its data. A field that is not given stays " +
			"as it is. If it fails, the service runs as before.",
		need: access.SystemAdmin, audited: true, target: "service",
		errors:   []error{kv.ErrNotEnabled, kv.ErrBusy, kv.ErrConflict, kv.ErrNotSupported},
		request:  `{"max_memory":"512mb"}`,
		response: `{"success":true,"message":"KV storage is updated.","status":` + statusExample + `}`,
	}, func(ctx context.Context, sc *scope, in *updateInput) (*serviceOutput, error) {
		ctx, cancel := sc.detach(ctx)
		defer cancel()
		status, err := a.service.Update(ctx, in.Body.change())
		if err != nil {
			return nil, err
		}
		return &serviceOutput{serviceResponse{true, "KV storage is updated.", newStatusBody(status, sc.principal)}}, nil
	})
}
