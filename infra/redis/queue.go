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

// errQueueFull refuses a call beyond Config.MaxQueued. It was not sent.
var errQueueFull = errors.New("too many calls wait for an answer")

// queue coalesces the calls for one server: those that come while others are under way leave together, in
// one pipeline.
type queue struct {
	limit   int // of calls without an answer
	batches *kv.Batches

	mu      sync.Mutex
	waiting []*call
	pending int // calls without an answer
	senders int // goroutines in send, at most maxBatches
}

// do sends a call to node with others, and returns how it came back, or errLeft if its caller's time ran out before.
func (q *queue) do(ctx context.Context, node *goredis.Client, c *call) error {
	c.done = make(chan error, 1)
	q.mu.Lock()
	if q.pending >= q.limit {
		q.mu.Unlock()
		return errQueueFull
	}
	q.pending++
	q.waiting = append(q.waiting, c)
	alone := q.senders < maxBatches
	if alone {
		q.senders++
	}
	q.mu.Unlock()
	if alone {
		go q.send(context.WithoutCancel(ctx), node)
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return errLeft
	}
}

// send sends what waits, batch by batch, until nothing does. A batch is bounded by Config.Timeout, not by its callers,
// each of which may leave before.
func (q *queue) send(ctx context.Context, node *goredis.Client) {
	var batch []*call
	for {
		// Whoever can run now may have a call to make: it leaves with this batch then.
		runtime.Gosched()
		if batch = q.next(batch); len(batch) == 0 {
			return
		}
		deliver(ctx, node, batch)
	}
}

// next returns the next batch, and ends the sender if there is none. The one before is over.
func (q *queue) next(before []*call) []*call {
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

// deliver sends a batch in one pipeline, and tells each caller how its call came back.
func deliver(ctx context.Context, node *goredis.Client, batch []*call) {
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
			c.done <- own
		}
	}()
	pipeline := node.Pipeline()
	for _, c := range batch {
		_ = pipeline.Process(ctx, c) // only notes it down
	}
	_, err = pipeline.Exec(ctx)
}

// queues holds the queue of each server. A Cluster has several, and others in the course of time.
type queues struct {
	limit   int      // of each
	all     sync.Map // weak.Pointer[goredis.Client] to *queue
	batches kv.Batches
}

// of returns the queue of a server. It is gone when the server's client is.
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
