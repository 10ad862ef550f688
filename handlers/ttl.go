// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type ttlResponse struct {
	TTL int64 `json:"ttl" minimum:"-2" example:"3600" doc:"Seconds left, rounded to the nearest; -1 if the key does not expire, -2 if there is no such key."`
}

func (r ttlResponse) appendJSON(b []byte) []byte { return appendCount(b, "ttl", r.TTL) }

func registerTTL(a *API) {
	data(a, operation{
		name: "ttl", need: access.KvRead, summary: "Get a time to live",
		description: "Returns the seconds that a key has left.",
		request:     `{"key":"user:123"}`,
		response:    `{"ttl":3600}`,
	}, func(ctx context.Context, sc *scope, in *keyRequest) (ttlResponse, error) {
		left, err := sc.store.TTL(ctx, sc.project, in.Key)
		return ttlResponse{ttlSeconds(left)}, err
	})
}

// ttlSeconds rounds to the nearest second, as TTL of Redis does: (ms+500)/1000.
func ttlSeconds(left time.Duration) int64 {
	if left == kv.NoExpiry || left == kv.NoKey {
		return int64(left)
	}
	return (left.Milliseconds() + 500) / 1000
}
