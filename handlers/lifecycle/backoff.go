// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"math/rand/v2"
	"time"
)

// Pauses between attempts grow from the first to the last. The last is short enough for a service to be back
// soon after what it waited for.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// backoff returns the pauses between attempts; the zero value starts from the first. It is one line of arithmetic: a library
// (cenkalti/backoff) would do the same, and its retry loop would not wait for the events that also end a pause here.
type backoff struct{ pause time.Duration }

// next returns the next pause: twice the one before, and up to half of it taken off at
// random, so that several servers do not come at once.
func (b *backoff) next() time.Duration {
	b.pause = min(max(2*b.pause, firstPause), lastPause)
	return b.pause - rand.N(b.pause/2)
}
