// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"io"
	"sync"

	"github.com/tempskv/tempskv/handlers/kv"
)

// bufferSizes are those of the buffers that bodies are read into and that are used again, in bytes. A larger body gets a
// buffer of its size.
var bufferSizes = [...]int64{4 << 10, 32 << 10, 256 << 10}

// buffers has a pool for each of bufferSizes.
var buffers [len(bufferSizes)]sync.Pool

// bufferSize returns how large the buffer for so many bytes is.
func bufferSize(n int64) int64 {
	for _, size := range bufferSizes {
		if n <= size {
			return size
		}
	}
	return n
}

// newBuffer returns an empty buffer for so many bytes.
func newBuffer(n int64) *[]byte {
	for i, size := range bufferSizes {
		if n <= size {
			if b, ok := buffers[i].Get().(*[]byte); ok {
				return b
			}
			return new(make([]byte, 0, size))
		}
	}
	return new(make([]byte, 0, n))
}

// recycle lets another request use the buffer.
func recycle(b *[]byte) {
	for i, size := range bufferSizes {
		if int64(cap(*b)) == size {
			*b = (*b)[:0]
			buffers[i].Put(b)
			return // another request has it now
		}
	}
}

// bodyMemory returns what a body of so many bytes needs: its buffer, and what is made of it.
func bodyMemory(n int64) int64 { return bufferSize(n+1) + n }

// receive reads the body into raw, and one byte more than the operation takes where it is longer. The end of a body of
// known length is read into the byte after it.
func (sc *scope) receive(ctx context.Context) error {
	sc.buffer = newBuffer(max(sc.request.ContentLength, 0) + 1)
	sc.raw = *sc.buffer
	for int64(len(sc.raw)) <= sc.op.maxBody {
		if len(sc.raw) == cap(sc.raw) {
			if err := sc.growRaw(ctx); err != nil {
				return err
			}
		}
		n, err := sc.request.Body.Read(sc.raw[len(sc.raw):cap(sc.raw)])
		sc.raw = sc.raw[:len(sc.raw)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// growRaw makes room for a body whose length was not announced.
func (sc *scope) growRaw(ctx context.Context) error {
	before := int64(cap(sc.raw))
	n := min(2*before, sc.op.maxBody+1)
	if err := sc.memory.Take(ctx, kv.Copies*(bufferSize(n)-before)); err != nil {
		return err
	}
	larger := newBuffer(n)
	sc.raw = append(*larger, sc.raw...)
	recycle(sc.buffer)
	sc.buffer = larger
	return nil
}

// releaseRaw gives the buffer of the body back.
func (sc *scope) releaseRaw() {
	if sc.buffer != nil {
		recycle(sc.buffer)
		sc.buffer, sc.raw = nil, nil
	}
}
