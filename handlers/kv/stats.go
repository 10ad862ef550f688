// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"math/bits"
	"sync/atomic"
)

// Stats are statistics of a Store in this process.
type Stats struct {
	// Waiting is how many calls wait to be sent in a batch, Sent how many were sent and have no answer yet.
	Waiting, Sent int
	Batches       BatchCounts
	Pools         []Pool
}

// Pool is a pool of connections. Its counts start with the store.
type Pool struct {
	Name       string // what goes out on it, in a word
	Open, Idle int
	Waits      uint64 // calls that waited for a connection, where that is known
	Timeouts   uint64 // calls that got none in time, likewise
}

// batchClasses is the number of size classes of batches: up to 1 call, 2, 4, and so on to 512.
const batchClasses = 10

// BatchCounts are the sizes of batches since the store was opened.
type BatchCounts struct {
	Sizes [batchClasses]uint64 // batches of up to 1 call, 2, 4, and so on; the last class has no bound
	Calls uint64               // in all of them
}

// Batches counts batches, without a lock.
type Batches struct {
	sizes [batchClasses]atomic.Uint64
	calls atomic.Uint64
}

// Note counts a batch of n calls.
func (b *Batches) Note(n int) {
	if n > 0 {
		b.sizes[min(bits.Len(uint(n-1)), batchClasses-1)].Add(1)
		b.calls.Add(uint64(n))
	}
}

// Counts returns the counts.
func (b *Batches) Counts() BatchCounts {
	counts := BatchCounts{Calls: b.calls.Load()}
	for i := range b.sizes {
		counts.Sizes[i] = b.sizes[i].Load()
	}
	return counts
}
