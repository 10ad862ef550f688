// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
)

func registerPersist(a *API) {
	data(a, operation{
		name: "persist", need: access.KvWrite, summary: "Take away a time to live",
		description: "Makes a key stay. The result is 0 if there is no such key, or it had no time to live.",
		request:     `{"key":"user:123"}`,
		response:    `{"result":1,"success":true}`,
	}, func(ctx context.Context, sc *scope, in *keyRequest) (changeResponse, error) {
		ok, err := sc.store.Persist(ctx, sc.project, in.Key)
		return changed(ok), err
	})
}
