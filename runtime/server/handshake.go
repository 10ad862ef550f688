// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"

	"github.com/tempskv/tempskv/runtime/processors"
)

// handshakes bounds the TLS handshakes that are computed at a time, from what the client said first to the server's first answer:
// signing takes a processor for up to a millisecond, and clients that do nothing but open connections would else have all of
// them. Others wait as long as those before them take.
type handshakes chan struct{}

// newHandshakes leaves half of the processors to others.
func newHandshakes() handshakes { return make(handshakes, max(1, processors.Available()/2)) }

// begin waits until c may go on with its handshake. Errors: that of ctx.
func (h *handshakes) begin(ctx context.Context, c *conn) error {
	select {
	case *h <- struct{}{}:
		c.handshake.Store(h)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// endHandshake lets another connection begin, if c has begun: it is called whenever c writes or is closed.
func endHandshake(c *conn) {
	if c.handshake.Load() == nil {
		return
	}
	if h := c.handshake.Swap(nil); h != nil {
		<-*h
	}
}
