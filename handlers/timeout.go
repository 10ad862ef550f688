// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"time"
)

// bounder is the context of a request that a runtime ends after some time, if a handler says so: context.WithTimeout costs a
// timer and a lock that all requests of a server share.
type bounder interface{ Bound(d time.Duration) }

// withTimeout is context.WithTimeout for the context of a request, which is not used without the limit any more.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if b, ok := ctx.(bounder); ok {
		b.Bound(d)
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d)
}
