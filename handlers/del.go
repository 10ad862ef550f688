// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type delResponse struct {
	Deleted int64 `json:"deleted" minimum:"0" example:"1" doc:"How many of the keys there were. A key given twice counts once."`
}

func (r delResponse) appendJSON(b []byte) []byte { return appendCount(b, "deleted", r.Deleted) }

func registerDel(a *API) {
	data(a, operation{
		name: "del", need: access.KvWrite, idempotent: true, summary: "Delete keys", maxBody: a.bounds.MaxBatch,
		description: "Deletes 1 to 1000 keys and returns how many of them existed.",
		errors:      []error{kv.ErrManySlots},
		request:     `{"keys":["user:123"]}`,
		response:    `{"deleted":1}`,
	}, func(ctx context.Context, sc *scope, in *keysRequest) (delResponse, error) {
		n, err := sc.changer().Del(ctx, sc.project, in.Keys)
		return delResponse{n}, err
	})
}
