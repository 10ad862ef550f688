// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type incrRequest struct {
	DataBody
	Key    kv.Key `json:"key" minLength:"1" maxLength:"32768" example:"page:views" doc:"1 byte to 32 KiB of UTF-8, any character."`
	Amount *int64 `json:"amount,omitempty" doc:"What to add, an integer of 64 bits, 1 if it is not given. May be negative."`
	Expiry
}

type incrResponse struct {
	Value int64 `json:"value" example:"1" doc:"The sum."`
}

func (r incrResponse) appendJSON(b []byte) []byte { return appendCount(b, "value", r.Value) }

func registerIncr(a *API) {
	data(a, operation{
		name: "incr", need: access.KvWrite, idempotent: true, summary: "Add to an integer",
		description: "Adds an amount to the integer stored under a key and returns the sum, atomically. A missing key " +
			"counts from 0, and ex or px apply only where this call creates it; an existing time to live is kept.",
		errors:   []error{kv.ErrNotInteger, kv.ErrOverflow, kv.ErrWrongType, kv.ErrOutOfMemory, kv.ErrQuotaExceeded},
		request:  `{"key":"page:views"}`,
		response: `{"value":1}`,
	}, func(ctx context.Context, sc *scope, in *incrRequest) (incrResponse, error) {
		amount := int64(1)
		if in.Amount != nil {
			amount = *in.Amount
		}
		n, err := sc.changer().Incr(ctx, sc.project, in.Key, amount, in.ttl())
		return incrResponse{n}, err
	})
}
