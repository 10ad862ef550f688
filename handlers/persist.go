// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

func registerPersist(a *API) {
	data(a, operation{
		name: "persist", need: kv.KvWrite, summary: "Take away a time to live",
		description: "Makes a key stay. The result is 0 if there is no such key, or it had no time to live.",
		request:     `{"key":"user:123"}`,
		answer:      `{"result":1,"success":true}`,
	}, func(ctx context.Context, c *call, in *keyRequest) (changeResponse, error) {
		ok, err := c.store.Persist(ctx, c.project, in.Key)
		return changed(ok), err
	})
}
