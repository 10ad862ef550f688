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

// Available returns how many processors the program might use when it began, whatever Manage does.
func Available() int { return available }

// errUnclear is the error of a machine that does not say how busy it is, such as some sandboxes.
var errUnclear = errors.New("the machine does not say how busy its processors are")

// patience is how many looks in a row may fail, as they do when the process has no more files.
const patience = 10

// Manage sets how many processors Go runs on until ctx ends, then all of them. Answered returns how many requests were answered so
// far. Manage returns the cause if it cannot find out how many processors are needed; all are used then. It must not be called twice
// at a time.
func Manage(ctx context.Context, answered func() uint64) error {
	last, err := look(answered)
	if err != nil {
		return err
	}
	if available == 1 {
		return nil
	}
	defer runtime.SetDefaultGOMAXPROCS()
	p := newPlan(available)
	set(p.now)
	for pause, failed := every, 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		now, u, err := next(last, answered)
		if err != nil {
			set(available)
			if failed++; failed == patience {
				return err
			}
			continue
		}
		set(p.next(u))
		last, failed = now, 0
		if pause = every; u.used < resting {
			pause = restTime
		}
	}
}

// next looks again, and returns the usage since the last look.
func next(last times, answered func() uint64) (times, usage, error) {
	now, err := look(answered)
	if err != nil {
		return last, usage{}, err
	}
	u, ok := now.since(last)
	if !ok {
		return last, u, errUnclear
	}
	return now, u, nil
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
