// SPDX-License-Identifier: Apache-2.0

package processors

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// available is how many processors the program may use. Go has set it from the machine, its affinity and its control group.
var available = runtime.GOMAXPROCS(0)

// Available returns how many processors the program may use, whatever Manage does.
func Available() int { return available }

// errUnclear is the error of a machine that does not say how busy it is, such as some sandboxes.
var errUnclear = errors.New("the machine does not say how busy its processors are")

// Manage sets how many processors Go runs on until ctx ends, then all of them. Answered returns how many requests were answered so
// far. Manage returns the cause if it cannot find out how many processors are needed; all are used then. It must not be called twice
// at a time.
func Manage(ctx context.Context, answered func() uint64) error {
	if available == 1 {
		return nil
	}
	defer runtime.GOMAXPROCS(available)
	last, err := look(answered)
	if err != nil {
		return err
	}
	p := newPlan(available)
	set(p.now)
	for pause := every; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		now, err := look(answered)
		if err != nil {
			return err
		}
		u, ok := now.since(last)
		if !ok {
			return errUnclear
		}
		set(p.next(u))
		last = now
		if pause = every; u.used < resting {
			pause = restTime
		}
	}
}

func set(n int) {
	if n != runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(n)
	}
}

// since returns the usage between two looks. It reports false if the times cannot be those of the whole machine.
func (t times) since(before times) (usage, bool) {
	passed := t.at.Sub(before.at)
	u := usage{
		used:     part(t.used-before.used, passed),
		idle:     part(t.idle-before.idle, passed),
		waited:   max(0, part(t.waited-before.waited, passed)), // a thread that ends takes its time with it
		answered: float64(t.answered-before.answered) / passed.Seconds(),
	}
	return u, u.idle+part(t.work-before.work, passed) > 0.5
}

func part(d, of time.Duration) float64 { return float64(d) / float64(of) }
