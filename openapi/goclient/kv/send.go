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
		wait, enough := pause(ctx, n, f.RetryAfter)
		if !enough || !c.mayRepeat(n) || !f.repeatable(op.again || key != "") {
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

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 2 * time.Second
)

// pause returns how long to wait after so many repetitions: what the server asks for at least, and a random time that grows, so
// that clients do not come back all at once. It reports whether there is enough time left for that, and for a request.
func pause(ctx context.Context, n int, retryAfter time.Duration) (wait time.Duration, enough bool) {
	most := min(firstPause<<min(n, 10), maxPause)
	wait = retryAfter + most/2 + random.N(most/2)
	deadline, limited := ctx.Deadline()
	if !limited {
		return wait, true
	}
	left := time.Until(deadline)
	if retryAfter == 0 {
		wait = min(wait, left/2)
	}
	return wait, wait < left && left > firstPause/2
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
