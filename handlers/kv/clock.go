// SPDX-License-Identifier: Apache-2.0

package kv

import "time"

// Clock tells the time in two ways: a wall clock can be set, forward and back; the other only goes forward.
type Clock interface {
	// Wall returns the time that the machine takes it to be.
	Wall() time.Time
	// Elapsed returns the time since some moment in this process, whatever the wall clock is set to.
	Elapsed() time.Duration
}

// NewClock returns the clock of the machine.
func NewClock() Clock { return systemClock{time.Now()} }

type systemClock struct{ began time.Time }

func (c systemClock) Wall() time.Time        { return time.Now().Round(0) } // without the monotonic reading
func (c systemClock) Elapsed() time.Duration { return time.Since(c.began) }

// MaxSkew is by how much the clocks of servers may differ. A date that is later than this from now was written by a clock
// that was wrong.
const MaxSkew = 5 * time.Minute

// Impossible reports whether t is a date in the future of something that has happened.
func Impossible(t, now time.Time) bool { return t.After(now.Add(MaxSkew)) }
