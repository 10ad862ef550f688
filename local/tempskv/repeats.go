// SPDX-License-Identifier: Apache-2.0

package main

import "time"

const (
	// Pauses between two lines about the same failure grow from the first to the last.
	firstRepeatPause = time.Minute
	lastRepeatPause  = time.Hour
)

// repeats decides which failures of something that is tried again and again are logged: those with another cause than the one
// before and, from time to time, the same one. Its zero value works.
type repeats struct {
	cause    string
	due      time.Time
	pause    time.Duration
	attempts int // since something was logged
}

// next takes one failure, and reports whether it is to be logged and how many there were since the last one that was.
func (r *repeats) next(cause string, now time.Time) (attempts int, log bool) {
	r.attempts++
	switch {
	case cause != r.cause:
		r.cause, r.pause = cause, firstRepeatPause
	case now.Before(r.due):
		return 0, false
	default:
		r.pause = min(2*r.pause, lastRepeatPause)
	}
	attempts, r.attempts = r.attempts, 0
	r.due = now.Add(r.pause)
	return attempts, true
}
