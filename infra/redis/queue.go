// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

var (
	// errQueueFull is the error of a command beyond Config.MaxQueued. It was not sent.
	errQueueFull = errors.New("too many commands wait for a reply")
	errNotSent   = errors.New("not sent")
)

// queue coalesces the commands for one server: those that come while others are under way are sent together, in one
// pipeline.
type queue struct {
	limit   int           // of commands without a reply
	timeout time.Duration // of a batch
	batches *kv.Batches

	mu      sync.Mutex
	waiting []*command
	pending int // commands without a reply
	senders int // that send a batch, at most maxBatches
	slow    int // batches that take long
}

// dones are channels for command.done, of those that have received.
var dones = sync.Pool{New: func() any { return make(chan error, 1) }}

// do sends a command to node together with others, and returns its error, or errAbandoned if the context ended before.
func (q *queue) do(ctx context.Context, node *goredis.Client, c *command) error {
	c.done = dones.Get().(chan error)
	added, sends := q.add(ctx, c)
	switch {
	case !added:
		return errQueueFull
	case sends && q.outlasts(ctx):
		q.lead(ctx, node)
	case sends:
		go q.send(context.WithoutCancel(ctx), node, nil)
	}
	var err error
	if len(c.done) > 0 { // a context of the fast path has no channel until somebody asks for it
		err = <-c.done
	} else {
		select {
		case err = <-c.done:
		case <-ctx.Done():
			return errAbandoned
		}
	}
	dones.Put(c.done)
	return err
}

// add queues a command. It reports whether there was room, and whether the caller has to see that a batch is sent.
func (q *queue) add(ctx context.Context, c *command) (added, sends bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending >= q.limit {
		return false, false
	}
	if c.size >= kv.KeptBytes {
		c.release = kv.MemoryOf(ctx).Keep()
	}
	sends = q.senders == 0 || q.senders < maxBatches && !q.fills()
	if sends {
		q.senders++
	}
	q.pending++
	q.waiting = append(q.waiting, c)
	return true, sends
}

// fills reports whether what is queued is left to a sender that is there: it has still to take a batch, or its batch is so large
// that the next one should be, too.
func (q *queue) fills() bool {
	underWay := q.pending - len(q.waiting)
	return underWay == 0 || underWay > smallBatch && q.slow <= 0
}

// watch lets another batch be sent next to a large one that takes long, which may be on a connection that is dead. It watches
// until end is called.
func (q *queue) watch(ctx context.Context, node *goredis.Client) (end func()) {
	late := time.AfterFunc(slowBatch, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.slow++
		if len(q.waiting) > 0 && q.senders < maxBatches {
			q.senders++
			go q.send(ctx, node, nil)
		}
	})
	return func() {
		if late.Stop() {
			return
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.slow--
	}
}

// outlasts reports whether a caller has more time than a batch takes, and can send one itself.
func (q *queue) outlasts(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) > q.timeout
}

// lead sends a batch in the goroutine of a caller, which saves two switches of goroutines, and leaves the next ones to send.
func (q *queue) lead(ctx context.Context, node *goredis.Client) {
	runtime.Gosched() // as in send
	batch := q.next(nil)
	if len(batch) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	q.deliver(ctx, node, batch)
	if batch = q.next(batch); len(batch) > 0 {
		go q.send(ctx, node, batch)
	}
}

// send sends a batch if there is one, and then what is queued, batch by batch, until the queue is empty. A batch is bounded by
// Config.Timeout, not by its callers, each of which may leave before.
func (q *queue) send(ctx context.Context, node *goredis.Client, batch []*command) {
	for {
		if len(batch) > 0 {
			q.deliver(ctx, node, batch)
		}
		// Other goroutines that can run now may add a command to this batch.
		runtime.Gosched()
		if batch = q.next(batch); len(batch) == 0 {
			return
		}
	}
}

// next returns the next batch, empty if this sender is to end. The batch before is done, and its memory used again.
func (q *queue) next(before []*command) []*command {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending -= len(before)
	if len(q.waiting) == 0 || q.senders > 1 && q.fills() {
		q.senders--
		return nil
	}
	n := min(len(q.waiting), maxBatch)
	batch := append(before[:0], q.waiting[:n]...)
	clear(q.waiting[:n])
	q.waiting = append(q.waiting[:0], q.waiting[n:]...)
	q.batches.Note(n)
	return batch
}

// deliver sends a batch in one pipeline, and passes each caller the error of its command.
func (q *queue) deliver(ctx context.Context, node *goredis.Client, batch []*command) {
	if len(batch) > smallBatch {
		defer q.watch(ctx, node)()
	}
	err := errNotSent
	defer func() {
		cause := recover()
		if cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
		for _, c := range batch {
			own := c.Err()
			if own == nil && (cause != nil || !c.sent()) {
				own = err
			}
			if c.release != nil {
				c.release()
				c.release = nil
			}
			c.done <- own
		}
	}()
	pipeline := node.Pipeline()
	for _, c := range batch {
		_ = pipeline.Process(ctx, c) // only queues it
	}
	_, err = pipeline.Exec(ctx)
}

// queues holds the queue of each server. The servers of a Cluster change over time.
type queues struct {
	limit   int           // of each
	timeout time.Duration // of a batch
	first   atomic.Pointer[nodeQueue]
	all     sync.Map // weak.Pointer[goredis.Client] to *queue
	batches kv.Batches
}

// nodeQueue is the queue of a server that is found without a look at all: of the first, which is the only one but in a Cluster.
type nodeQueue struct {
	node *goredis.Client
	*queue
}

// of returns the queue of a server. It is removed when the server's client is collected.
func (q *queues) of(node *goredis.Client) *queue {
	first := q.first.Load()
	if first != nil && first.node == node {
		return first.queue
	}
	key := weak.Make(node)
	if found, ok := q.all.Load(key); ok {
		return found.(*queue)
	}
	found, known := q.all.LoadOrStore(key, &queue{limit: q.limit, timeout: q.timeout, batches: &q.batches})
	if !known {
		runtime.AddCleanup(node, func(key weak.Pointer[goredis.Client]) { q.all.Delete(key) }, key)
	}
	if first == nil {
		q.first.CompareAndSwap(nil, &nodeQueue{node, found.(*queue)})
	}
	return found.(*queue)
}
