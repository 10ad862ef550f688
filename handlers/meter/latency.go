// SPDX-License-Identifier: Apache-2.0

package meter

import (
	"math"
	"math/bits"
	"time"
)

const (
	// Latencies are counted by microseconds, four classes to each doubling, up to 2^26: a minute.
	classesPerDoubling = 4
	latencyClasses     = 26 * classesPerDoubling
)

// latencies are requests by how long they took.
type latencies [latencyClasses]uint32

// latencyClass returns the class of a duration: its highest bits.
func latencyClass(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 1))
	doubling := bits.Len64(us) - 1
	fraction := int(us<<2>>doubling) & (classesPerDoubling - 1)
	return min(doubling*classesPerDoubling+fraction, latencyClasses-1)
}

// classMiddle returns the middle of a class in milliseconds.
func classMiddle(class int) float32 {
	doubling, fraction := class/classesPerDoubling, class%classesPerDoubling
	low := math.Ldexp(1+float64(fraction)/classesPerDoubling, doubling)
	return float32((low + math.Ldexp(1, doubling)/(2*classesPerDoubling)) / 1000)
}

// quantile returns the latency in milliseconds that the share q of total requests did not exceed, within an eighth.
func (l *latencies) quantile(q float64, total uint32) float32 {
	rank := uint32(math.Ceil(q * float64(total)))
	for class, n := range l {
		if n >= rank {
			return classMiddle(class)
		}
		rank -= n
	}
	return 0
}
