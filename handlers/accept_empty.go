// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

func registerAcceptEmpty(a *API) {
	const done = "The store is taken as it is: what it lost is given up, and data operations are served again."
	register(a, operation{
		id: "kvAcceptEmpty", method: http.MethodPost, path: "/api/kv/engine/accept-empty", tag: managementTag,
		summary: "Go on with a store that lost its keys",
		description: "A Redis that came back without the keys of the projects and without the mark kv:owner is not served " +
			"(warning store_emptied), until its data or a backup are restored, or this is called. The same goes for one that " +
			"holds keys without the mark, on a server that is not known (store_replaced): its keys become those of the projects.",
		need: access.SystemAdmin, audited: true, target: "service",
		errors:   []error{kv.ErrNotEnabled, kv.ErrBusy, kv.ErrConflict, kv.ErrNotSupported},
		response: `{"success":true,"message":"` + done + `"}`,
	}, func(ctx context.Context, sc *scope, _ *noInput) (*doneOutput, error) {
		ctx, cancel := sc.detach(ctx)
		defer cancel()
		if err := a.service.AcceptEmpty(ctx); err != nil {
			return nil, err
		}
		return &doneOutput{doneResponse{true, done}}, nil
	})
}
