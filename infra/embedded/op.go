// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// op is one write on its way through the writer.
type op struct {
	// apply makes the changes inside the transaction of the writer. It may be called again after that
	// was rolled back. A refusal (see refused) leaves everything as it was; any other error undoes the whole transaction.
	apply   func(ctx context.Context, w *writer) error
	project kv.ProjectID
	rows    []rowKey // which it will look up, as far as known
	changes int      // how many keys it may change, at least 1
	weight  int      // about how many bytes it stores
	state   atomic.Int32
	done    chan error // buffered, so that the writer never waits for a caller
	// release ends what the op keeps of the memory of its request, which may have ended before; nil if that is little.
	release func()
}

// The states of an op. It leaves waiting once: taken by the writer, or left by its caller.
const (
	waiting = iota
	taken
	left
)

// take reports whether the op is still wanted; it will then be applied, and end will be called.
func (o *op) take() bool {
	if o.state.CompareAndSwap(waiting, taken) {
		return true
	}
	o.free()
	return false
}

// free ends what the op keeps of the memory of its request.
func (o *op) free() {
	if o.release != nil {
		o.release()
	}
}

// end passes the result to the caller.
func (o *op) end(err error) {
	o.free()
	o.done <- err
}

// extent is how large a write is, at most. The zero value is that of one key whose value is small.
type extent struct {
	keys  int
	bytes int64
	rows  []rowKey // which it looks up, as far as known: they are looked up together
}

// write has the writer apply a change and waits until it is durable. A caller that leaves before its op was taken gets
// ErrTimeout and the op is dropped; one that leaves after that gets ErrOutcomeUnknown.
func (s *Store) write(ctx context.Context, p kv.ProjectID, e extent, apply func(ctx context.Context, w *writer) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.open.RUnlock()
	o := &op{apply: apply, project: p, rows: e.rows, changes: max(1, e.keys), weight: int(e.bytes), done: make(chan error, 1)}
	if o.weight >= kv.KeptBytes {
		o.release = kv.MemoryOf(ctx).Keep()
	}
	select {
	case s.writer.queue <- o:
	case <-ctx.Done():
		o.free()
		return sqlite.Err(ctx.Err())
	}
	select {
	case err := <-o.done:
		s.damage.note(err)
		return err
	case <-ctx.Done():
		return o.leave(ctx)
	}
}

// leave returns the error for the caller of an op whose context ended.
func (o *op) leave(ctx context.Context) error {
	if o.state.CompareAndSwap(waiting, left) {
		return sqlite.Err(ctx.Err())
	}
	select {
	case err := <-o.done:
		return err
	default:
		return fmt.Errorf("%w: %w", kv.ErrOutcomeUnknown, context.Cause(ctx))
	}
}
