// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotent-Replayed"
)

// idempotency is what a request says with Idempotency-Key. As its body is read through it, it makes the fingerprint of
// the operation and that body.
type idempotency struct {
	kv.Idempotency
	keys []string // as they were sent: there may be too many
	hash hash.Hash
	io.ReadCloser
}

// Read reads the body.
func (i *idempotency) Read(p []byte) (int, error) {
	n, err := i.ReadCloser.Read(p)
	i.hash.Write(p[:n])
	return n, err
}

// takeIdempotency takes down what the request for an operation says with Idempotency-Key, before its body is read.
func takeIdempotency(operation string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(ctx)
		if keys, ok := r.Header[idempotencyHeader]; ok {
			i := &idempotency{keys: keys, hash: sha256.New(), ReadCloser: r.Body}
			_, _ = io.WriteString(i.hash, operation+" ")
			callOf(ctx.Context()).idempotency, r.Body = i, i
		}
		next(ctx)
	}
}

// check completes it after the body was read, and finds what is wrong with it.
func (i *idempotency) check(f *body.Violations) {
	const location = "header." + idempotencyHeader
	if len(i.keys) != 1 {
		f.Add(location, "must be given once")
		return
	}
	i.Idempotency = kv.Idempotency{Key: i.keys[0], TTL: kv.IdempotencyTime}
	copy(i.Request[:], i.hash.Sum(nil))
	if r, bad := errors.AsType[*kv.Refusal](i.Validate()); bad {
		f.Add(location, r.Detail)
	}
}

// changer returns what changes the keys of a data operation: where the request has an Idempotency-Key, once.
func (c *call) changer() kv.Changer {
	if c.idempotency == nil {
		return c.store
	}
	return c.store.Idempotent(&c.idempotency.Idempotency)
}

// tellReplayed tells the caller of an answer that it is an earlier one's.
func (c *call) tellReplayed() {
	if c.idempotency != nil && c.idempotency.Replayed {
		c.response.Header().Set(replayedHeader, "true")
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
		Schema:  &huma.Schema{Type: "string", MinLength: new(1), MaxLength: new(kv.MaxIdempotencyKey), Pattern: "^[ -~]+$"},
		Example: "6f0c5b0e-3a9c-4d58-9a53-0d1b6f2f7c11",
	}
}
