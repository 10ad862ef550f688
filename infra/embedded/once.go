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

// An answer that is kept for those who ask again stands among the keys, under the Idempotency's Key. It expires, and
// counts in usage, as a key does; but its project is answersOf the caller's, so that no request and no scan meets it. Its
// value is the fingerprint of the request, and behind that a colon and the result, or a minus and the refusal.

// answersOf returns the number under which the answers of a project are kept. Projects themselves have none below 1.
func answersOf(p kv.ProjectID) kv.ProjectID { return -p }

// refusalNames are the refusals that are answers.
var refusalNames = map[string]error{
	"-not_an_integer": kv.ErrNotInteger,
	"-overflow":       kv.ErrOverflow,
}

// maxAnswer is the length of the longest answer.
const maxAnswer = len(kv.Idempotency{}.Request) + 1 + maxDigits

// Once returns a Changer for one call: see kv.Store.
func (s *Store) Once(id *kv.Idempotency) kv.Changer {
	return changer{func(ctx context.Context, p kv.ProjectID, e effect) (int64, error) { return s.once(ctx, p, id, e) }}
}

// once lets the first of the calls with that id have its effect, and returns its answer to all.
func (s *Store) once(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, e effect) (n int64, err error) {
	var a answer
	most := e.most + sizeOf(len(id.Key), maxAnswer)
	err = s.write(ctx, int(most), func(ctx context.Context, w *writer) (err error) {
		if a, err = w.recall(ctx, p, id); err != nil || a.replayed {
			return err
		}
		if e.most == 0 {
			a, err = w.deletion(ctx, p, id, e)
			return err
		}
		return w.growing(ctx, most, func() (err error) {
			a, err = w.first(ctx, p, id, e)
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	id.Replayed = a.replayed
	return a.n, a.refusal
}

// answer is what all calls with one id are told.
type answer struct {
	n        int64
	refusal  error
	replayed bool
}

// recall returns the answer that is kept. Errors: ErrOtherRequest.
func (w *writer) recall(ctx context.Context, p kv.ProjectID, id *kv.Idempotency) (a answer, err error) {
	kept, err := w.look(ctx, w.find, answersOf(p), nameOf(kv.Key(id.Key)))
	if err != nil || !kept.live(w.now()) {
		return answer{}, err
	}
	text, same := bytes.CutPrefix(kept.value, id.Request[:])
	if !same {
		return answer{}, kv.ErrOtherRequest
	}
	a = answer{refusal: refusalNames[string(text)], replayed: true}
	if a.refusal == nil {
		a.n, err = strconv.ParseInt(string(bytes.TrimPrefix(text, []byte(":"))), 10, 64)
	}
	return a, err
}

// first applies the effect and keeps the answer.
func (w *writer) first(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, e effect) (a answer, err error) {
	if a.n, err = e.apply(ctx, w); err == nil {
		return a, w.keep(ctx, p, id, fmt.Appendf(nil, ":%d", a.n))
	}
	for name, refusal := range refusalNames {
		if errors.Is(err, refusal) {
			a.refusal = refusal
			return a, w.keep(ctx, p, id, []byte(name))
		}
	}
	return answer{}, err
}

// deletion is first for what frees room, and so works where there is none. Only where nothing was deleted, the room that
// the answer takes has to be there: else a store could grow without end by deletions.
func (w *writer) deletion(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, e effect) (a answer, err error) {
	if a.n, err = e.apply(ctx, w); err != nil {
		return answer{}, err
	}
	text := fmt.Appendf(nil, ":%d", a.n)
	if a.n > 0 {
		return a, w.keep(ctx, p, id, text)
	}
	return a, w.growing(ctx, sizeOf(len(id.Key), maxAnswer), func() error { return w.keep(ctx, p, id, text) })
}

// keep stores an answer.
func (w *writer) keep(ctx context.Context, p kv.ProjectID, id *kv.Idempotency, text []byte) error {
	key := kv.Key(id.Key)
	name := nameOf(key)
	old, err := w.look(ctx, w.find, answersOf(p), name) // one that expired
	if err != nil {
		return err
	}
	value := append(bytes.Clone(id.Request[:]), text...)
	return w.store(ctx, answersOf(p), name, key, value, expiry(w.now(), id.TTL), old)
}
