// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type keyDescription struct {
	Type string `json:"type" example:"object" doc:"That of the JSON value: object, array, string, number, boolean or null; of long values only the beginning is looked at. For what another Redis client wrote and no operation reads: list, set, zset, hash, stream or another type as TYPE of Redis reports it. none: there is no such key. unknown: the value is large and was not looked at."`
	Size int64  `json:"size" minimum:"0" example:"12" doc:"How long the value is as it is stored, in bytes; 0 for other types of Redis."`
	PTTL int64  `json:"pttl" example:"59000" doc:"Milliseconds that the key has left; -1: it does not expire, -2: there is no such key."`
}

type describeResponse struct {
	Keys []keyDescription `json:"keys" doc:"What each key holds, in the order of the keys."`
}

func registerDescribe(a *API) {
	data(a, operation{
		name: "describe", need: access.KvRead, summary: "Describe keys", maxBody: a.bounds.MaxBatch,
		description: "Returns type, size and time to live of 1 to 1000 keys, without their values.",
		request:     `{"keys":["user:123","user:124"]}`,
		response:    `{"keys":[{"type":"object","size":33,"pttl":59000},{"type":"none","size":0,"pttl":-2}]}`,
	}, a.describeKeys)
}

func (a *API) describeKeys(ctx context.Context, sc *scope, in *keysRequest) (describeResponse, error) {
	found, err := sc.store.Describe(ctx, sc.project, in.Keys)
	if err != nil {
		return describeResponse{}, err
	}
	out := describeResponse{make([]keyDescription, len(found))}
	for i, d := range found {
		out.Keys[i] = keyDescription{Type: d.Type, Size: d.Size, PTTL: milliseconds(d.TTL)}
	}
	return out, nil
}

// milliseconds returns a time to live as PTTL of Redis does.
func milliseconds(d time.Duration) int64 {
	switch d {
	case kv.NoKey:
		return -2
	case kv.NoExpiry:
		return -1
	}
	return d.Milliseconds()
}
