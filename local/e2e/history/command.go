// SPDX-License-Identifier: Apache-2.0

package history

import (
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// group is a set of calls without an answer that have the same effect. If some of them were executed, then an order in
// which those that began first were executed first explains as much as any other. Without this, the search for an order
// takes time that doubles with each such call.
type group int

const (
	answered group = iota // in no group
	incremented
	deleted
	setUnread   // a value that no client has read
	setNXUnread // the same
	groups
)

// unread represents every value that no client has read.
const unread = "a value that no client has read"

// command is a call as the model takes it.
type command struct {
	Call
	group  group
	number int // in the group, by when the calls began
}

// operations returns the calls of one key as the checker takes them: one without an answer may be executed at any time after
// it began, but not after a client read its value. A read without an answer has no meaning.
func operations(calls []Call) (all []porcupine.Operation) {
	firstRead := map[string]time.Time{} // when the first answer with the value arrived
	for _, c := range calls {
		if end, ok := firstRead[c.Output]; c.Op == Get && !c.Unknown && (!ok || c.End.Before(end)) {
			firstRead[c.Output] = c.End
		}
	}
	calls = slices.SortedFunc(slices.Values(calls), func(a, b Call) int { return a.Begin.Compare(b.Begin) })
	var numbers [groups]int
	for _, c := range calls {
		if c.Unknown && c.Op == Get {
			continue
		}
		one, end := command{Call: c}, c.End.UnixNano()
		if c.Unknown {
			read, ok := firstRead[c.Input]
			one.group, end = groupOf(c.Op, ok), math.MaxInt64
			if one.group == answered {
				end = max(read.UnixNano(), c.Begin.UnixNano())
			} else {
				one.number = numbers[one.group]
				numbers[one.group]++
			}
			if one.group == setUnread || one.group == setNXUnread {
				one.Input = unread
			}
		}
		all = append(all, porcupine.Operation{ClientId: c.Client, Input: one, Call: c.Begin.UnixNano(), Return: end, Output: c})
	}
	return all
}

// groupOf returns the group of a call without an answer; read reports whether a client has read its value.
func groupOf(op Op, read bool) group {
	switch {
	case op == Incr:
		return incremented
	case op == Del:
		return deleted
	case read:
		return answered
	case op == SetNX:
		return setNXUnread
	}
	return setUnread
}
