// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type msetRequest struct {
	DataBody
	Entries []msetEntry `json:"entries" minItems:"1" maxItems:"1000" doc:"1 to 1000 entries. Of a key given twice the last wins."`
}

type msetEntry struct {
	Key   kv.Key    `json:"key" minLength:"1" maxLength:"32768" example:"user:123" doc:"1 byte to 32 KiB of UTF-8, any character."`
	Value jsonValue `json:"value" doc:"Any JSON value, as for set."`
	Expiry
}

type msetResponse struct {
	Result string `json:"result" enum:"OK" example:"OK" doc:"OK."`
}

func registerMSet(a *API) {
	data(a, operation{
		name: "mset", need: access.KvWrite, idempotent: true, summary: "Set many values", maxBody: a.bounds.MaxBatch,
		description: "Stores 1 to 1000 entries, all or none; before a Redis Cluster all or none of each slot.",
		errors:      []error{kv.ErrOutOfMemory, kv.ErrManySlots, kv.ErrQuotaExceeded},
		request:     `{"entries":[{"key":"user:123","value":{"name":"Alice"}},{"key":"user:124","value":{"name":"Bob"},"ex":60}]}`,
		response:    `{"result":"OK"}`,
	}, a.mset)
}

func (a *API) mset(ctx context.Context, sc *scope, in *msetRequest) (msetResponse, error) {
	entries := make([]kv.Entry, len(in.Entries))
	for i, e := range in.Entries {
		entries[i] = kv.Entry{Key: e.Key, Value: kv.Value(e.Value), TTL: e.ttl()}
	}
	return msetResponse{"OK"}, sc.changer().MSet(ctx, sc.project, entries)
}
