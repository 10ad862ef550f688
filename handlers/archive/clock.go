// SPDX-License-Identifier: Apache-2.0

package archive

import "time"

// Clock is a wall clock, which can be set forward and back, and a monotonic clock.
type Clock interface {
	// Wall returns the time of the wall clock.
	Wall() time.Time
	// Elapsed returns the monotonic time since some moment in this process.
	Elapsed() time.Duration
}

// NewClock returns the clock of the machine.
func NewClock() Clock { return systemClock{time.Now()} }

type systemClock struct{ began time.Time }

func (c systemClock) Wall() time.Time { return time.Now().Round(0) } // without the monotonic reading

func (c systemClock) Elapsed() time.Duration { return time.Since(c.began) }

// MaxSkew is by how much the clocks of servers may differ. A time later than now by more than this comes from a wrong clock.
const MaxSkew = 5 * time.Minute

// Impossible reports whether t, the time of a past event, is in the future.
func Impossible(t, now time.Time) bool { return t.After(now.Add(MaxSkew)) }
