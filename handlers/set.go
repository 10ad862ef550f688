// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/kv"
)

type setRequest struct {
	DataBody
	Key   kv.Key    `json:"key" minLength:"1" maxLength:"32768" example:"user:123" doc:"1 byte to 32 KiB of UTF-8, any character."`
	Value jsonValue `json:"value" doc:"Any JSON value, null too, at most 64 levels deep and by default up to 10 MiB. It is kept as sent, less insignificant white space."`
	Expiry
	KeepTTL bool `json:"keepttl,omitempty" doc:"Keep the time to live that the key has. Excludes ex and px."`
	NX      bool `json:"nx,omitempty" doc:"Set only if the key does not exist. Excludes xx."`
	XX      bool `json:"xx,omitempty" doc:"Set only if the key exists. Excludes nx."`
}

// Expiry are the fields for a time to live. It is exported because huma passes over embedded types that are not.
type Expiry struct {
	EX int64 `json:"ex,omitempty" minimum:"1" maximum:"1000000000" example:"3600" doc:"Time to live in seconds. Excludes px."`
	PX int64 `json:"px,omitempty" minimum:"1" maximum:"1000000000000" doc:"Time to live in milliseconds. Excludes ex."`
}

const (
	maxEX = 1_000_000_000     // seconds
	maxPX = 1_000_000_000_000 // milliseconds
)

func (e *Expiry) field(d *decoder, f field) bool {
	switch string(f.name) {
	case "ex":
		e.EX = d.integer(f, 1, maxEX)
	case "px":
		e.PX = d.integer(f, 1, maxPX)
	default:
		return false
	}
	return true
}

// ttl returns the time to live, 0 for none.
func (e *Expiry) ttl() time.Duration {
	return time.Duration(e.EX)*time.Second + time.Duration(e.PX)*time.Millisecond
}

func (in *setRequest) field(d *decoder, f field) bool {
	switch string(f.name) {
	case "key":
		in.Key = d.key(f)
	case "value":
		in.Value = d.value(f)
	case "keepttl":
		in.KeepTTL = d.boolean(f)
	case "nx":
		in.NX = d.boolean(f)
	case "xx":
		in.XX = d.boolean(f)
	default:
		return in.Expiry.field(d, f) || in.DataBody.field(d, f)
	}
	return true
}

func (in *setRequest) check(d *decoder) {
	d.require("key", "value")
	d.exclusive("ex", "px")
	if in.KeepTTL && in.ttl() != 0 {
		d.add(d.within, "must not have keepttl together with ex or px")
	}
	if in.NX && in.XX {
		d.add(d.within, "must not have both nx and xx")
	}
}

// TransformSchema says what check checks.
func (in *setRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Not = anyOf(given("ex", "px"), whereTrue(given("keepttl", "ex"), "keepttl"),
		whereTrue(given("keepttl", "px"), "keepttl"), whereTrue(given("nx", "xx"), "nx", "xx"))
	return s
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
		name: "set", need: kv.KvWrite, once: true, summary: "Set a value",
		description: "Stores a value under a key, with a time to live if asked for. Without keepttl an existing time " +
			"to live ends. With nx or xx the result is null where the condition was not met, and nothing was changed.",
		errors:  []error{kv.ErrOutOfMemory, kv.ErrQuotaExceeded},
		request: `{"key":"user:123","value":{"name":"Alice","role":"admin"},"ex":3600}`,
		answer:  `{"result":"OK"}`,
	}, a.set)
}

func (a *API) set(ctx context.Context, c *call, in *setRequest) (setResponse, error) {
	ok, err := c.changer().Set(ctx, c.project, in.Key, kv.Value(in.Value), in.options())
	if err != nil || !ok {
		return setResponse{}, err
	}
	done := "OK"
	return setResponse{&done}, nil
}
