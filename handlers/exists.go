// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
)

type existsResponse struct {
	Exists int64 `json:"exists" minimum:"0" example:"1" doc:"How many of the keys exist. A key given twice counts twice."`
}

func (r existsResponse) appendJSON(b []byte) []byte { return appendCount(b, "exists", r.Exists) }

func registerExists(a *API) {
	data(a, operation{
		name: "exists", need: access.KvRead, summary: "Count the keys that exist", maxBody: a.bounds.MaxBatch,
		description: "Counts those of 1 to 1000 keys that exist.",
		request:     `{"keys":["user:123","user:124"]}`,
		response:    `{"exists":1}`,
	}, func(ctx context.Context, sc *scope, in *keysRequest) (existsResponse, error) {
		n, err := sc.store.Exists(ctx, sc.project, in.Keys)
		return existsResponse{n}, err
	})
}
