// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"io"
	"net/http"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// smallBody is what a body may hold in memory without asking, in bytes.
	smallBody = 1 << 20
	// maxBodies bounds what all larger bodies hold together while they arrive and are stored, in bytes. The buffers
	// they are read into are up to twice as large.
	maxBodies = 128 << 20
)

// bodies counts the bytes of large bodies in flight, so that many of them, or slow ones, cannot take all memory.
type bodies struct{ held atomic.Int64 }

// count makes the body of the request count if it may become large, until release is called.
func (b *bodies) count(r *http.Request) (release func()) {
	if r.ContentLength >= 0 && r.ContentLength <= smallBody {
		return func() {}
	}
	counted := &countedBody{ReadCloser: r.Body, bodies: b}
	r.Body = counted
	return func() { b.held.Add(-counted.held) }
}

// countedBody takes room for what it reads beyond smallBody.
type countedBody struct {
	io.ReadCloser
	bodies     *bodies
	read, held int64
}

var errBodiesFull = kv.Refuse(kv.ErrUnavailable, "too many large requests are under way: nothing was applied, try again")

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if more := b.read - smallBody - b.held; more > 0 {
		if b.bodies.held.Add(more) > maxBodies {
			b.bodies.held.Add(-more)
			return 0, errBodiesFull
		}
		b.held += more
	}
	return n, err
}
