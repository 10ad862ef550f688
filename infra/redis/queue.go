// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"weak"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// errQueueFull is the error of a command beyond Config.MaxQueued. It was not sent.
var errQueueFull = errors.New("too many commands wait for a reply")

// queue coalesces the commands for one server: those that come while others are under way are sent together, in one
// pipeline.
type queue struct {
	limit   int // of commands without a reply
	batches *kv.Batches

	mu      sync.Mutex
	waiting []*command
	pending int // commands without a reply
	senders int // goroutines in send, at most maxBatches
}

// do sends a command to node together with others, and returns its error, or errAbandoned if the context ended before.
func (q *queue) do(ctx context.Context, node *goredis.Client, c *command) error {
	c.done = make(chan error, 1)
	if !q.add(ctx, node, c) {
		return errQueueFull
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return errAbandoned
	}
}

// add queues a command, and starts a sender unless there are enough. It reports false if the queue is full.
func (q *queue) add(ctx context.Context, node *goredis.Client, c *command) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending >= q.limit {
		return false
	}
	if c.size >= kv.KeptBytes {
		c.release = kv.MemoryOf(ctx).Keep()
	}
	q.pending++
	q.waiting = append(q.waiting, c)
	if q.senders < maxBatches {
		q.senders++
		go q.send(context.WithoutCancel(ctx), node)
	}
	return true
}

// send sends what is queued, batch by batch, until the queue is empty. A batch is bounded by Config.Timeout, not by its
// callers, each of which may leave before.
func (q *queue) send(ctx context.Context, node *goredis.Client) {
	var batch []*command
	for {
		// Other goroutines that can run now may add a command to this batch.
		runtime.Gosched()
		if batch = q.next(batch); len(batch) == 0 {
			return
		}
		deliver(ctx, node, batch)
	}
}

// next returns the next batch, empty if this sender is to end. The batch before is done, and its memory used again.
func (q *queue) next(before []*command) []*command {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending -= len(before)
	if len(q.waiting) == 0 {
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
func deliver(ctx context.Context, node *goredis.Client, batch []*command) {
	err := errors.New("not sent")
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
		for _, c := range batch {
			own := c.Err()
			if own == nil && !c.sent() {
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
	limit   int      // of each
	all     sync.Map // weak.Pointer[goredis.Client] to *queue
	batches kv.Batches
}

// of returns the queue of a server. It is removed when the server's client is collected.
func (q *queues) of(node *goredis.Client) *queue {
	key := weak.Make(node)
	if found, ok := q.all.Load(key); ok {
		return found.(*queue)
	}
	found, known := q.all.LoadOrStore(key, &queue{limit: q.limit, batches: &q.batches})
	if !known {
		runtime.AddCleanup(node, func(key weak.Pointer[goredis.Client]) { q.all.Delete(key) }, key)
	}
	return found.(*queue)
}
