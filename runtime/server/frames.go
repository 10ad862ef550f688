// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/binary"
	"net"
	"sync"
	"time"
)

const (
	// frameBurst is how many frames an HTTP/2 connection may send at once, and framesPerSecond how many it may go on with, apart
	// from those that requests and responses need: for each request that is answered, and for so many bytes of responses.
	frameBurst       = 500
	framesPerSecond  = 500
	framesPerRequest = 6
	bytesPerFrame    = 2 << 10
	// mostFrames bounds what is saved for later, such as the window updates for what was just sent.
	mostFrames = 16 << 10
	// smallData is the size from which on a DATA frame does not count: bodies have to move, but are bounded in their own way.
	smallData = 256
	// framesPause is how long a connection that sends too many frames is not read.
	framesPause = 100 * time.Millisecond
)

// frameBudget is how many frames an HTTP/2 connection may send. A frame that asks for nothing, such as PING, SETTINGS, an empty
// DATA or a request that is canceled at once, costs the client 9 bytes and the server some microseconds: twenty connections that
// send nothing else would keep the processors from all others. Who sends more is read more slowly.
type frameBudget struct {
	mu     sync.Mutex
	credit int
	at     time.Time // when credit was last raised by time
	bytes  int       // of responses, less than bytesPerFrame
}

// spend takes n frames.
func (f *frameBudget) spend(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.credit -= n
}

// answered notes that a request was answered.
func (f *frameBudget) answered() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.credit = min(f.credit+framesPerRequest, mostFrames)
}

// wrote notes n bytes of responses.
func (f *frameBudget) wrote(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes += n
	f.credit = min(f.credit+f.bytes/bytesPerFrame, mostFrames)
	f.bytes %= bytesPerFrame
}

// wait returns once frames may be read.
func (f *frameBudget) wait() {
	for !f.left(time.Now()) {
		time.Sleep(framesPause)
	}
}

// left reports whether frames are left.
func (f *frameBudget) left(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.credit > 0 {
		return true
	}
	if f.at.IsZero() {
		f.credit += frameBurst
		f.at = now
		return true
	}
	more := int(now.Sub(f.at) * framesPerSecond / time.Second)
	if more > 0 {
		f.at = now
		f.credit += min(more, frameBurst)
	}
	return f.credit > 0
}

// framed is an HTTP/2 connection whose frames are counted as they are read. To net/http, it is no connection with TLS.
type framed struct {
	net.Conn // a *tls.Conn
	budget   *frameBudget

	header [9]byte // of the next frame
	have   int     // bytes of header
	skip   int     // bytes until the next header

	once   sync.Once
	closed chan struct{}
}

func newFramed(c net.Conn) *framed {
	return &framed{Conn: c, budget: &plain(c).frames, skip: prefaceSize, closed: make(chan struct{})}
}

// NetConn returns the connection with TLS.
func (f *framed) NetConn() net.Conn { return f.Conn }

func (f *framed) Read(b []byte) (int, error) {
	f.budget.wait()
	n, err := f.Conn.Read(b)
	f.count(b[:n])
	return n, err
}

func (f *framed) Write(b []byte) (int, error) {
	n, err := f.Conn.Write(b)
	f.budget.wrote(n)
	return n, err
}

// Close closes the connection.
func (f *framed) Close() error {
	defer f.once.Do(func() { close(f.closed) })
	return f.Conn.Close()
}

// count counts the frames that begin in b.
func (f *framed) count(b []byte) {
	for {
		n := min(f.skip, len(b))
		f.skip -= n
		b = b[n:]
		if len(b) == 0 {
			return
		}
		n = copy(f.header[f.have:], b)
		f.have += n
		b = b[n:]
		if f.have == len(f.header) {
			f.have = 0
			f.skip = int(binary.BigEndian.Uint32(f.header[:4]) >> 8)
			f.budget.spend(frameCost(f.header[3], f.skip))
		}
	}
}

// What this file needs to know of HTTP/2. See RFC 9113, sections 3.4 and 6.
const (
	prefaceSize       = 24
	frameData         = 0
	frameHeaders      = 1
	frameSettings     = 4
	frameContinuation = 9
)

// frameCost is for how many a frame with so many bytes counts: one for each piece of what it makes the server do.
func frameCost(of byte, size int) int {
	switch of {
	case frameData:
		if size >= smallData {
			return 0
		}
	case frameHeaders, frameContinuation:
		return 1 + size>>10
	case frameSettings:
		return 1 + size>>6
	}
	return 1
}
