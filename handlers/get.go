// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type getResponse struct {
	Value jsonValue `json:"value" doc:"The value as it was set; null if there is no such key, or null is stored."`
}

func (r getResponse) appendJSON(b []byte) []byte {
	return append(r.Value.appendJSON(append(b, `{"value":`...)), '}')
}

func registerGet(a *API) {
	data(a, operation{
		name: "get", need: access.KvRead, summary: "Get a value",
		description: "Returns the value of a key, byte for byte as it was set; null if there is no such key.",
		errors:      []error{kv.ErrWrongType},
		request:     `{"key":"user:123"}`,
		response:    `{"value":{"name":"Alice","role":"admin"}}`,
	}, a.get)
}

func (a *API) get(ctx context.Context, sc *scope, in *keyRequest) (getResponse, error) {
	v, err := sc.store.Get(ctx, sc.project, in.Key)
	if err == nil {
		sc.noteRead(v)
	}
	if err == nil && int64(len(v)+len("{\"value\":}\n")) > a.bounds.MaxAnswer {
		err = kv.ErrTooLarge
	}
	return getResponse{jsonValue(v)}, err
}
