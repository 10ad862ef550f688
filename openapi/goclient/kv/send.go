// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
	"crypto/rand"
	"encoding/json"
	random "math/rand/v2"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// request sends a request of an operation. It is a function of the generated client with its first argument bound.
type request func(context.Context, ...goclient.RequestEditorFn) (*http.Response, error)

// do makes a call, and returns its answer.
func do[Answer, In any](
	ctx context.Context, c *Client, op operation,
	f func(context.Context, In, ...goclient.RequestEditorFn) (*http.Response, error), in In,
) (answer Answer, err error) {
	body, err := c.send(ctx, op, func(ctx context.Context, editors ...goclient.RequestEditorFn) (*http.Response, error) {
		return f(ctx, in, editors...)
	})
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(body, &answer); err != nil { // which the generated client has compared with the document
		return answer, op.fail(ErrUnexpectedResponse, err.Error(), err)
	}
	return answer, nil
}

// send sends a request, again if that is safe, and returns the body of the answer.
func (c *Client) send(ctx context.Context, op operation, once request) ([]byte, error) {
	ctx, cancel := c.within(ctx)
	defer cancel()
	key := ""
	if op.keyed && !c.calls.NoIdempotencyKey && c.calls.MaxRetries >= 0 {
		key = rand.Text()
	}
	unknown := false // whether one of the requests may have been applied
	var before *failed
	for n := 0; ; n++ {
		body, f := attempt(ctx, op, key, once)
		if f == nil {
			return body, nil
		}
		if key != "" && f.Code == ErrManySlots {
			key, unknown = "", false // a Redis Cluster can do these keys only without one
			continue
		}
		unknown = f.OutcomeUnknown || unknown && !f.settles()
		wait := pause(n, f.RetryAfter)
		if !c.mayRepeat(n) || !f.repeatable(op.again || key != "") || !fits(ctx, wait) {
			return nil, f.final(unknown, before)
		}
		before = f
		sleep(ctx, wait)
	}
}

// mayRepeat reports whether a call that was repeated n times may be repeated again.
func (c *Client) mayRepeat(n int) bool {
	return c.calls.MaxRetries == 0 || n < c.calls.MaxRetries
}

// within returns the context of a call, which has a deadline unless the caller wants none.
func (c *Client) within(ctx context.Context) (context.Context, context.CancelFunc) {
	_, has := ctx.Deadline()
	switch {
	case has || c.calls.Timeout < 0:
		return context.WithCancel(ctx)
	case c.calls.Timeout > 0:
		return context.WithTimeout(ctx, c.calls.Timeout)
	}
	return context.WithTimeout(ctx, DefaultTimeout)
}

// The longest pause before the first repetition, and before any.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 2 * time.Second
)

// pause returns how long to wait after so many repetitions: what the server asks for at least, and a random time, so that
// clients do not come back all at once.
func pause(n int, retryAfter time.Duration) time.Duration {
	return retryAfter + random.N(min(firstPause<<min(n, 10), maxPause))
}

// fits reports whether there is still time for a request after the pause.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
