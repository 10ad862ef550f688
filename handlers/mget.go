// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type mgetResponse struct {
	Values []jsonValue `json:"values" example:"[\"a\",null]" doc:"The values in the order of the keys; null where a key is missing or of another type."`
}

func (r mgetResponse) appendJSON(b []byte) []byte {
	b = append(b, `{"values":[`...)
	for i, v := range r.Values {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.appendJSON(b)
	}
	return append(b, `]}`...)
}

func registerMGet(a *API) {
	data(a, operation{
		name: "mget", need: access.KvRead, summary: "Get many values", maxBody: a.bounds.MaxBatch,
		description: "Returns the values of 1 to 1000 keys in their order, at most 16 MiB together.",
		request:     `{"keys":["user:123","user:124"]}`,
		response:    `{"values":[{"name":"Alice","role":"admin"},null]}`,
	}, a.mget)
}

func (a *API) mget(ctx context.Context, sc *scope, in *keysRequest) (mgetResponse, error) {
	values, err := sc.store.MGet(ctx, sc.project, in.Keys)
	if err != nil {
		return mgetResponse{}, err
	}
	out := mgetResponse{make([]jsonValue, len(values))}
	size := int64(len("{\"values\":[]}\n"))
	for i, v := range values {
		sc.noteRead(v)
		out.Values[i] = jsonValue(v)
		size += int64(max(len(v), len("null")) + len(","))
	}
	if size > a.bounds.MaxAnswer {
		return mgetResponse{}, kv.ErrTooLarge
	}
	return out, nil
}
