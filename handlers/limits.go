// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"
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

// limitToken takes a request of the token, and of the project where the token tells which. It runs before the body is
// read, so that what is refused costs little.
func (a *API) limitToken(ctx context.Context, c *call) error {
	if a.limiter == nil {
		return nil
	}
	if err := c.obey(a.limiter.Token(c.principal.ID), "this token"); err != nil || c.principal.Project == 0 {
		return err
	}
	return a.limitProject(ctx, c, c.principal.Project)
}

// limitProject takes a request of the project, which exists, unless that was done.
func (a *API) limitProject(ctx context.Context, c *call, id kv.ProjectID) error {
	if a.limiter == nil || c.bounded != nil {
		return nil
	}
	c.bounded = a.limiter.Project(ctx, id)
	return c.obey(a.limiter.Take(c.bounded), "this project")
}

// obey refuses the call if the verdict does. The headers tell of the verdict that leaves less.
func (c *call) obey(v limits.Verdict, whose string) error {
	if v.Limit == 0 {
		return nil
	}
	if c.remaining == nil || v.Remaining <= *c.remaining {
		c.remaining = &v.Remaining
		h := c.response.Header()
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

// growing is the body of an operation that may make a project hold more.
type growing interface{ growth() limits.Growth }

// admit refuses a write that would make the project hold more than it may.
func (a *API) admit(ctx context.Context, c *call, store kv.Store, body any) error {
	g, ok := body.(growing)
	if !ok || a.limiter == nil {
		return nil
	}
	return a.limiter.Admit(ctx, c.bounded, store, g.growth)
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

// weight is what a key with such a value counts for in a project.
func weight(key kv.Key, value int) int64 { return int64(kv.KeyOverhead + len(key) + value) }

// limited reports whether a limit or a state of the service refused the call, such as a block: the caller may know why,
// the status tells operators, and a log would be flooded by it.
func limited(err error) bool {
	return shown(err) || errors.Is(err, limits.ErrCrowded) || errors.Is(err, kv.ErrQuotaExceeded)
}
