// SPDX-License-Identifier: Apache-2.0

// Package history records the requests of clients of a key-value store and their answers, and checks whether one store
// that executes one command at a time could have answered so: whether the history is linearizable. Only tests import it.
package history

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Op is a command in the terms of Redis.
type Op string

// The commands.
const (
	Get   Op = "get"   // Output is the value, empty for none
	Set   Op = "set"   // stores Input
	SetNX Op = "setnx" // stores Input where there is no value; Output is "1" if it did, else "0"
	Del   Op = "del"   // Output is "1" if there was a value, else "0"
	Incr  Op = "incr"  // Output is the sum
)

// Call is a command that a client sent, and what came of it. A command that was refused is no part of a history, since it
// had no effect.
type Call struct {
	Client        int
	Op            Op
	Key           string
	Input, Output string // no two commands store the same Input
	Begin, End    time.Time
	// Unknown means that no answer came: the command may have been executed then, later, or never.
	Unknown bool
}

// Log is a history. Its zero value is empty; it may be used by several goroutines.
type Log struct {
	mu    sync.Mutex
	calls []Call
}

// Add adds a call that has ended.
func (l *Log) Add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

// Len returns how many calls there are.
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.calls)
}

// Keys returns the keys of all calls, each once, in the order of their first call.
func (l *Log) Keys() (keys []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := map[string]bool{}
	for _, c := range l.calls {
		if !seen[c.Key] {
			seen[c.Key] = true
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// checkTime bounds the search for an order of the calls of one key.
const checkTime = time.Minute

// Check returns an error that names each key whose calls no order explains, and each for which none was found in a minute.
func (l *Log) Check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	byKey := map[string][]Call{}
	for _, c := range l.calls {
		byKey[c.Key] = append(byKey[c.Key], c)
	}
	var errs []error
	for key, calls := range byKey {
		switch porcupine.CheckOperationsTimeout(model, operations(calls), checkTime) {
		case porcupine.Illegal:
			errs = append(errs, fmt.Errorf("no order of commands explains the answers for %s:\n%s", key, tell(calls)))
		case porcupine.Unknown:
			errs = append(errs, fmt.Errorf("%s: no order of its %d calls was found in %v", key, len(calls), checkTime))
		}
	}
	return errors.Join(errs...)
}

// tell lists calls for people.
func tell(calls []Call) string {
	text, first := "", calls[0].Begin
	for _, c := range calls {
		out := c.Output
		if c.Unknown {
			out = "no answer"
		}
		text += fmt.Sprintf("  %10v to %10v  client %d: %s %s -> %s\n",
			c.Begin.Sub(first).Round(time.Microsecond), c.End.Sub(first).Round(time.Microsecond), c.Client, c.Op, c.Input, out)
	}
	return text
}
