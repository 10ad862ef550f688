// SPDX-License-Identifier: Apache-2.0

package history

import (
	"strconv"

	"github.com/anishathalye/porcupine"
)

// state is one key: its value, empty for none, and how many calls of each group have been executed.
type state struct {
	value    string
	executed [groups]int
}

// model executes the commands of one key. Those of a group are executed in the order of their numbers.
var model = porcupine.Model{
	Init: func() any { return state{} },
	Step: func(before, input, _ any) (bool, any) {
		c, s := input.(command), before.(state)
		if c.group != answered {
			if c.number != s.executed[c.group] {
				return false, s
			}
			s.executed[c.group]++
		}
		var output string
		s.value, output = execute(s.value, c.Call)
		return c.Unknown || output == c.Output, s
	},
}

// execute returns the value that a command leaves, and what it answers.
func execute(value string, c Call) (next, output string) {
	switch c.Op {
	case Get:
		return value, value
	case Set:
		return c.Input, ""
	case SetNX:
		if value != "" {
			return value, "0"
		}
		return c.Input, "1"
	case Del:
		if value == "" {
			return "", "0"
		}
		return "", "1"
	case Incr:
		n, _ := strconv.Atoi(value) // counters have separate keys
		sum := strconv.Itoa(n + 1)
		return sum, sum
	}
	return value, "no such command"
}
