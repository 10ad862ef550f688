// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

func registerPurge(a *API) {
	const done = "All data of KV storage are removed. Projects and tokens stay; the next enable is a first one."
	register(a, operation{
		id: "kvPurgeEngine", method: http.MethodDelete, path: "/api/kv/engine", tag: managementTag,
		summary: "Remove all data",
		description: "Removes the container, its volume with the data of every project, and its passwords, for good, and " +
			"forgets the settings. The service must be off. Projects and tokens stay.",
		need: access.SystemAdmin, audited: true, target: "service",
		errors:   []error{kv.ErrNotEnabled, kv.ErrBusy, kv.ErrConflict, kv.ErrNotSupported},
		response: `{"success":true,"message":"` + done + `"}`,
	}, func(ctx context.Context, sc *scope, _ *noInput) (*doneOutput, error) {
		ctx, cancel := sc.detach(ctx)
		defer cancel()
		if err := a.service.Purge(ctx); err != nil {
			return nil, err
		}
		return &doneOutput{doneResponse{true, done}}, nil
	})
}
