// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

// Headers that tell of the limit of requests that is nearest, where there is one.
var (
	limitHeader     = http.CanonicalHeaderKey("RateLimit-Limit")
	remainingHeader = http.CanonicalHeaderKey("RateLimit-Remaining")
	resetHeader     = http.CanonicalHeaderKey("RateLimit-Reset")
)

// limitToken counts a request of the token, and of the project where the token says which. It runs before the body is
// read, so that what is refused costs little.
func (sc *scope) limitToken(ctx context.Context) error {
	sc.writer.project = sc.principal.Project
	if sc.api.limiter == nil {
		return nil
	}
	if err := sc.obey(sc.api.limiter.Token(sc.principal.ID), "this token"); err != nil || sc.principal.Project == 0 {
		return err
	}
	sc.project = sc.principal.Project
	return sc.limitProject(ctx)
}

// limitProject counts a request of the project, which exists, unless that was done.
func (sc *scope) limitProject(ctx context.Context) error {
	if sc.api.limiter == nil || sc.limited != nil {
		return nil
	}
	sc.limited = sc.api.limiter.Project(ctx, sc.project)
	return sc.obey(sc.api.limiter.Take(sc.limited), "this project")
}

// obey refuses the call if the verdict does. The headers tell of the verdict that leaves less.
func (sc *scope) obey(v limits.Verdict, whose string) error {
	if v.Limit == 0 {
		return nil
	}
	if sc.remaining == nil || v.Remaining <= *sc.remaining {
		sc.remaining = new(v.Remaining)
		h := sc.writer.Header()
		h[limitHeader] = []string{strconv.FormatInt(v.Limit, 10)}
		h[remainingHeader] = []string{strconv.FormatInt(v.Remaining, 10)}
		h[resetHeader] = []string{strconv.FormatInt(wholeSeconds(v.Reset), 10)}
	}
	if v.Refused() {
		return &tooEarly{wait: v.Wait, detail: "Too many requests of " + whose + ", of which " +
			strconv.FormatInt(v.Limit, 10) + " may come at once: wait as long as Retry-After says. Nothing was applied."}
	}
	return nil
}

// wholeSeconds rounds up.
func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// growing is the input of an operation that may make a project hold more, if only by the answer to an Idempotency-Key.
type growing interface{ growth() limits.Growth }

// checkQuota refuses a write that would make the project hold more than it may. One with an Idempotency-Key may still
// repeat another: the store refuses it if it does not.
func (sc *scope) checkQuota(ctx context.Context) error {
	in, ok := sc.input.(growing)
	if _, deletes := sc.input.(*keysRequest); !ok || sc.api.limiter == nil || deletes && sc.idempotency == nil {
		return nil
	}
	err := sc.api.limiter.CheckQuota(ctx, sc.limited, sc.store, func() limits.Growth {
		g := in.growth()
		if sc.idempotency != nil {
			g.Answer = kv.AnswerBytes(sc.idempotency.Key)
		}
		return g
	})
	if sc.idempotency != nil && errors.Is(err, kv.ErrQuotaExceeded) {
		sc.idempotency.Refusal = err
		return nil
	}
	return err
}

// noteAnswer counts the answer that the store keeps of a request with an Idempotency-Key.
func (sc *scope) noteAnswer(err error) {
	id := sc.idempotency
	if id == nil || id.Replayed || sc.api.limiter == nil {
		return
	}
	stored := []error{kv.ErrNotInteger, kv.ErrOverflow, kv.ErrWrongType}
	if err == nil || slices.ContainsFunc(stored, func(e error) bool { return errors.Is(err, e) }) {
		sc.api.limiter.AddAnswer(sc.limited, kv.AnswerBytes(id.Key))
	}
}

func (in *setRequest) growth() limits.Growth {
	return limits.Growth{Keys: []kv.Key{in.Key}, Bytes: weight(in.Key, len(in.Value))}
}

func (in *msetRequest) growth() limits.Growth {
	last := map[kv.Key]int64{}
	for _, e := range in.Entries {
		last[e.Key] = weight(e.Key, len(e.Value))
	}
	g := limits.Growth{Keys: make([]kv.Key, 0, len(last))}
	for key, bytes := range last {
		g.Keys, g.Bytes = append(g.Keys, key), g.Bytes+bytes
	}
	return g
}

// maxDigits is the length of the longest integer.
const maxDigits = len("-9223372036854775808")

func (in *incrRequest) growth() limits.Growth {
	return limits.Growth{Keys: []kv.Key{in.Key}, Bytes: weight(in.Key, maxDigits), Fixed: true}
}

// growth is that of the answer alone, which is stored with an Idempotency-Key: deleting makes room for it.
func (in *keysRequest) growth() limits.Growth {
	return limits.Growth{Keys: slices.Clone(in.Keys), Deletes: true}
}

// weight is what a key with such a value counts for in a project.
func weight(key kv.Key, value int) int64 { return int64(kv.KeyOverhead + len(key) + value) }
