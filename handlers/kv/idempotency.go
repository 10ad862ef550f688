// SPDX-License-Identifier: Apache-2.0

package kv

import "time"

const (
	// MaxIdempotencyKey is the length of the longest key of an Idempotency.
	MaxIdempotencyKey = 255
	// IdempotencyTime is how long an answer is kept for those who ask again.
	IdempotencyTime = 24 * time.Hour
)

// Idempotency makes one request to change keys have one effect, however often it comes.
type Idempotency struct {
	// Key names the request within its project: 1 to MaxIdempotencyKey printable characters of ASCII.
	Key string
	// Request is a fingerprint of the request, by which another one with the same Key is known.
	Request [16]byte
	// TTL is how long the answer is kept, in whole milliseconds.
	TTL time.Duration
	// Refusal is what the call returns if there is no answer that it could replay, because the project holds all that it may;
	// nil: the call may be made.
	Refusal error
	// Replayed is set by a call whose answer is that of an earlier one, and which changed nothing.
	Replayed bool
}

// Validate returns a Refusal of kind ErrInvalid if Key is empty, too long or not printable.
func (i *Idempotency) Validate() error {
	if len(i.Key) < 1 || len(i.Key) > MaxIdempotencyKey {
		return Refuse(ErrInvalid, "must have 1 to %d characters", MaxIdempotencyKey)
	}
	for _, c := range []byte(i.Key) {
		if c < ' ' || c > '~' {
			return Refuse(ErrInvalid, "must hold printable characters of ASCII alone")
		}
	}
	return nil
}

// ErrOtherRequest refuses an Idempotency whose Key came with another Request.
var ErrOtherRequest = Refuse(ErrInvalid, "this Idempotency-Key came before, with another request: "+
	"a new request needs its own key")
