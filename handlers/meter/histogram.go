// SPDX-License-Identifier: Apache-2.0

package meter

import (
	"sync/atomic"
	"time"
)

// Bounds are the upper ends of the classes of a Histogram; there is one more for what is beyond.
var Bounds = [...]time.Duration{
	50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// Histogram is how long things took.
type Histogram struct {
	Counts [len(Bounds) + 1]uint64 // of each class
	Sum    time.Duration
}

// histogram counts without a lock.
type histogram struct {
	counts [len(Bounds) + 1]atomic.Uint64
	sum    atomic.Int64
}

func (h *histogram) observe(d time.Duration) {
	i := 0
	for i < len(Bounds) && d > Bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(int64(d))
}

func (h *histogram) read() Histogram {
	read := Histogram{Sum: time.Duration(h.sum.Load())}
	for i := range h.counts {
		read.Counts[i] = h.counts[i].Load()
	}
	return read
}
