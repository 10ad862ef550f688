// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"errors"
	"io"
	"net/http"

	"github.com/tempskv/tempskv/handlers/limits"
)

// turn is the way of a data operation through the gate, and its body. It waits once the body has arrived and before that is
// decoded, so that what waits costs no time of a processor, and leaves once the answer is made and before that is sent: a
// slow client takes no place from others.
type turn struct {
	io.ReadCloser
	request *http.Request
	limiter *limits.Limiter // nil where no operation waits
	call    *call
	size    int64 // of the body, in bytes
	stay    limits.Stay
	inside  bool
}

// await makes the call wait for its turn, if anything does.
func (c *call) await(l *limits.Limiter, r *http.Request) {
	if l == nil || !l.Bounded() {
		return
	}
	c.turn = turn{ReadCloser: r.Body, request: r, limiter: l, call: c}
	c.response.turn = &c.turn
	r.Body = &c.turn
}

// Read reads from the body. At its end the turn has come, where the token tells whose turn it is.
func (t *turn) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.size += int64(n)
	if errors.Is(err, io.EOF) && t.call.bounded != nil {
		if crowded := t.enter(); crowded != nil {
			return n, crowded
		}
	}
	return n, err
}

// enter waits for the turn of the call's project, unless it has come before.
func (t *turn) enter() (err error) {
	if t.limiter == nil || t.inside {
		return nil
	}
	t.stay, err = t.limiter.Enter(t.request.Context(), t.call.bounded, t.size)
	t.inside = err == nil
	return err
}

// leave ends the stay with an answer of size bytes.
func (t *turn) leave(size int) {
	if t != nil && t.inside {
		t.inside = false
		t.limiter.Leave(t.stay, int64(size))
	}
}
