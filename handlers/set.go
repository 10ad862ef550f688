// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type setRequest struct {
	DataBody
	Key   kv.Key    `json:"key" minLength:"1" maxLength:"32768" example:"user:123" doc:"1 byte to 32 KiB of UTF-8, any character."`
	Value jsonValue `json:"value" doc:"Any JSON value, null too, at most 64 levels deep and by default up to 10 MiB. It is kept as sent, less insignificant white space."`
	Expiry
	KeepTTL bool `json:"keepttl,omitempty" excludes:"ex,px" doc:"Keep the time to live that the key has. Excludes ex and px."`
	NX      bool `json:"nx,omitempty" excludes:"xx" doc:"Set only if the key does not exist. Excludes xx."`
	XX      bool `json:"xx,omitempty" doc:"Set only if the key exists. Excludes nx."`
}

// Expiry are the fields for a time to live. It is exported because huma passes over embedded types that are not.
type Expiry struct {
	EX int64 `json:"ex,omitempty" minimum:"1" maximum:"1000000000" excludes:"px" example:"3600" doc:"Time to live in seconds. Excludes px."`
	PX int64 `json:"px,omitempty" minimum:"1" maximum:"1000000000000" doc:"Time to live in milliseconds. Excludes ex."`
}

// ttl returns the time to live, 0 for none.
func (e *Expiry) ttl() time.Duration {
	return time.Duration(e.EX)*time.Second + time.Duration(e.PX)*time.Millisecond
}

func (in *setRequest) options() kv.SetOptions {
	o := kv.SetOptions{TTL: in.ttl(), KeepTTL: in.KeepTTL}
	switch {
	case in.NX:
		o.Condition = kv.NX
	case in.XX:
		o.Condition = kv.XX
	}
	return o
}

type setResponse struct {
	Result *string `json:"result" example:"OK" doc:"OK, or null where nx or xx was not met."`
}

func (r setResponse) appendJSON(b []byte) []byte {
	if r.Result == nil {
		return append(b, `{"result":null}`...)
	}
	return append(append(append(b, `{"result":"`...), *r.Result...), `"}`...)
}

func registerSet(a *API) {
	data(a, operation{
		name: "set", need: access.KvWrite, idempotent: true, summary: "Set a value",
		description: "Stores a value under a key, with a time to live if asked for. Without keepttl an existing time " +
			"to live ends. With nx or xx the result is null where the condition was not met, and nothing was changed.",
		errors:   []error{kv.ErrOutOfMemory, kv.ErrQuotaExceeded},
		request:  `{"key":"user:123","value":{"name":"Alice","role":"admin"},"ex":3600}`,
		response: `{"result":"OK"}`,
	}, a.set)
}

func (a *API) set(ctx context.Context, sc *scope, in *setRequest) (setResponse, error) {
	ok, err := sc.changer().Set(ctx, sc.project, in.Key, kv.Value(in.Value), in.options())
	if err != nil || !ok {
		return setResponse{}, err
	}
	done := "OK"
	return setResponse{&done}, nil
}
