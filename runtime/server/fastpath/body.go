// SPDX-License-Identifier: Apache-2.0

package fastpath

import (
	"io"
	"net/http"
	"sync/atomic"
)

// Body is the body of one request: what has arrived with the head, and then what the connection has.
type Body struct {
	here   []byte
	conn   io.Reader
	left   atomic.Int64 // bytes that are still to be read from the connection
	closed bool
	failed bool // the connection has, before the end of the body
}

// Begin begins a body of which here is what has arrived, and left bytes are to be read from conn.
func (b *Body) Begin(here []byte, conn io.Reader, left int) {
	b.here, b.conn = here, conn
	b.left.Store(int64(left))
}

// Arrived reports whether nothing is read from the connection any more. It may be called at any time.
func (b *Body) Arrived() bool { return b.left.Load() == 0 }

// Read reads what has arrived, or waits for it.
func (b *Body) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.read(p)
}

func (b *Body) read(p []byte) (n int, err error) {
	switch {
	case len(b.here) > 0:
		n = copy(p, b.here)
		b.here = b.here[n:]
	case !b.Arrived():
		n, err = b.conn.Read(p[:min(int64(len(p)), b.left.Load())])
		b.left.Add(int64(-n))
	}
	switch {
	case len(b.here) == 0 && b.Arrived():
		return n, io.EOF
	case err == io.EOF:
		b.left.Store(0) // nothing comes after it
		return n, io.ErrUnexpectedEOF
	}
	b.failed = b.failed || err != nil
	return n, err
}

// Close reads what is left of the body. It returns an error if what comes next on the connection is no request.
func (b *Body) Close() error {
	b.here = nil
	for !b.failed && !b.Arrived() {
		var waste [512]byte
		if _, err := b.read(waste[:]); err == io.ErrUnexpectedEOF {
			return err
		}
	}
	b.closed = !b.failed
	if b.failed {
		return io.ErrUnexpectedEOF
	}
	return nil
}
