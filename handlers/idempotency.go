// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotent-Replayed"
)

// fingerprint identifies a request with an Idempotency-Key: by the operation and the body.
func (sc *scope) fingerprint(context.Context) error {
	if _, ok := sc.request.Header[idempotencyHeader]; ok && sc.op.idempotent {
		hash := sha256.New()
		_, _ = io.WriteString(hash, sc.op.name+" ")
		_, _ = hash.Write(sc.raw)
		sc.idempotency = &kv.Idempotency{TTL: kv.IdempotencyTime}
		copy(sc.idempotency.Request[:], hash.Sum(nil))
	}
	return nil
}

// checkIdempotency finds what is wrong with the Idempotency-Key.
func (sc *scope) checkIdempotency() {
	const location = "header." + idempotencyHeader
	if sc.idempotency == nil {
		return
	}
	keys := sc.request.Header[idempotencyHeader]
	if len(keys) != 1 {
		sc.read.Violations.Add(location, "must be given once")
		return
	}
	sc.idempotency.Key = keys[0]
	if r, bad := errors.AsType[*kv.Refusal](sc.idempotency.Validate()); bad {
		sc.read.Violations.Add(location, r.Detail)
	}
}

// changer returns what changes the keys of a data operation: where the request has an Idempotency-Key, once.
func (sc *scope) changer() kv.Changer {
	if sc.idempotency == nil {
		return sc.store
	}
	return sc.store.Idempotent(sc.idempotency)
}

// markReplayed says in the response that it repeats an earlier one.
func (sc *scope) markReplayed() {
	if sc.idempotency != nil && sc.idempotency.Replayed {
		sc.writer.Header().Set(replayedHeader, "true")
	}
}

// idempotencyParam is what the document says of Idempotency-Key.
func idempotencyParam() *huma.Param {
	return &huma.Param{
		Name: idempotencyHeader, In: "header",
		Description: "Makes the request safe to repeat: a key of your choice, new for each request, such as a UUID. Sent again " +
			"with the same key and body within 24 hours, the request has no second effect, and gets the answer of the first, " +
			"with " + replayedHeader + ": true. Such an answer is a success or a 409; after any other the first has had no " +
			"effect, or may still have it. With another body it is refused (422), and so are keys that lie in several hash slots " +
			"of a Redis Cluster (many_slots). A project's requests share one set of these keys.",
		// No example: the documentation page would send it with every call, which is refused from the second on.
		Schema: &huma.Schema{Type: "string", MinLength: new(1), MaxLength: new(kv.MaxIdempotencyKey), Pattern: "^[ -~]+$"},
	}
}
