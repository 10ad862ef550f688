// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type expireRequest struct {
	DataBody
	Key     kv.Key `json:"key" minLength:"1" maxLength:"32768" example:"user:123" doc:"1 byte to 32 KiB of UTF-8, any character."`
	Seconds int64  `json:"seconds" minimum:"-1000000000" maximum:"1000000000" example:"3600" doc:"Time to live in seconds; 0 or less deletes the key."`
}

func registerExpire(a *API) {
	data(a, operation{
		name: "expire", need: access.KvWrite, summary: "Set a time to live",
		description: "Sets the time to live of a key. 0 seconds or less delete it, as EXPIRE of Redis does.",
		request:     `{"key":"user:123","seconds":3600}`,
		response:    `{"result":1,"success":true}`,
	}, func(ctx context.Context, sc *scope, in *expireRequest) (changeResponse, error) {
		ok, err := sc.store.Expire(ctx, sc.project, in.Key, time.Duration(in.Seconds)*time.Second)
		return changed(ok), err
	})
}
