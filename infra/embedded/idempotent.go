// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tempskv/tempskv/handlers/kv"
)

// The outcome of an idempotent call is stored among the keys, under the Idempotency's Key. It expires and counts in usage
// as a key does, but its project is outcomesOf the caller's, so no request and no scan finds it. Its value is the
// fingerprint of the request, followed by a colon and the result, or by a minus and the error.

// outcomesOf returns the project number under which the outcomes of a project are stored. Projects have none below 1.
func outcomesOf(p kv.ProjectID) kv.ProjectID { return -p }

// errorNames are the errors that are stored as outcomes.
var errorNames = map[string]error{
	"-not_an_integer": kv.ErrNotInteger,
	"-overflow":       kv.ErrOverflow,
}

// outcomeOf returns the row of the outcome.
func outcomeOf(p kv.ProjectID, id *kv.Idempotency) rowKey {
	return rowKeyOf(outcomesOf(p), kv.Key(id.Key))
}

// maxOutcome is the length of the longest outcome.
const maxOutcome = len(kv.Idempotency{}.Request) + 1 + maxDigits

// Idempotent returns a Changer for one call: see kv.Store.
func (s *Store) Idempotent(id *kv.Idempotency) kv.Changer {
	return changer{func(ctx context.Context, p kv.ProjectID, e effect) (int64, error) { return s.idempotent(ctx, p, id, e) }}
}

// idempotent applies e for the first call with that id, and returns the outcome of that call to all.
func (s *Store) idempotent(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, e effect) (n int64, err error) {
	var o outcome
	most := e.most + sizeOf(len(id.Key), maxOutcome)
	err = s.write(ctx, p, extent{e.keys, most, append([]rowKey{outcomeOf(p, id)}, e.rows...)}, func(ctx context.Context, w *writer) (err error) {
		if o, err = w.replay(ctx, p, id); err != nil || o.replayed {
			return err
		}
		if id.Refusal != nil {
			return id.Refusal
		}
		if e.most == 0 {
			o, err = w.deletion(ctx, p, id, e)
			return err
		}
		return w.growing(ctx, most, func() (err error) {
			o, err = w.first(ctx, p, id, e)
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	id.Replayed = o.replayed
	return o.n, o.err
}

// outcome is what all calls with one id return.
type outcome struct {
	n        int64
	err      error
	replayed bool
}

// replay returns the stored outcome, the zero value if there is none. Errors: ErrOtherRequest.
func (w *writer) replay(ctx context.Context, p kv.ProjectID, id *kv.Idempotency) (o outcome, err error) {
	kept, err := w.look(ctx, outcomeOf(p, id))
	if err != nil || !kept.live(w.now()) {
		return outcome{}, err
	}
	text, same := bytes.CutPrefix(kept.value, id.Request[:])
	if !same {
		return outcome{}, kv.ErrOtherRequest
	}
	o = outcome{err: errorNames[string(text)], replayed: true}
	if o.err == nil {
		o.n, err = strconv.ParseInt(string(bytes.TrimPrefix(text, []byte(":"))), 10, 64)
	}
	return o, err
}

// first applies the effect and stores the outcome.
func (w *writer) first(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, e effect) (o outcome, err error) {
	if o.n, err = e.apply(ctx, w); err == nil {
		return o, w.storeOutcome(ctx, p, id, fmt.Appendf(nil, ":%d", o.n))
	}
	for name, known := range errorNames {
		if errors.Is(err, known) {
			o.err = known
			return o, w.storeOutcome(ctx, p, id, []byte(name))
		}
	}
	return outcome{}, err
}

// deletion is first for an effect that frees room, and so works when the store is full. Only if nothing was deleted must
// there be room for the outcome: otherwise deletions could grow the store without end.
func (w *writer) deletion(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, e effect) (o outcome, err error) {
	if o.n, err = e.apply(ctx, w); err != nil {
		return outcome{}, err
	}
	text := fmt.Appendf(nil, ":%d", o.n)
	if o.n > 0 {
		return o, w.storeOutcome(ctx, p, id, text)
	}
	return o, w.growing(ctx, sizeOf(len(id.Key), maxOutcome), func() error { return w.storeOutcome(ctx, p, id, text) })
}

// storeOutcome stores the text of an outcome.
func (w *writer) storeOutcome(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, text []byte) error {
	k := outcomeOf(p, id)
	old, err := w.look(ctx, k) // one that expired
	if err != nil {
		return err
	}
	value := append(bytes.Clone(id.Request[:]), text...)
	return w.store(ctx, k, kv.Key(id.Key), value, expiry(w.now(), id.TTL), old)
}
