// SPDX-License-Identifier: Apache-2.0

package history

import (
	"strconv"

	"github.com/anishathalye/porcupine"
)

// model is one key: its state is its value, empty for none.
var model = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, _ any) (bool, any) {
		c, value := input.(Call), state.(string)
		next, output := execute(value, c)
		return c.Unknown || output == c.Output, next
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
		n, _ := strconv.Atoi(value) // counters have keys of their own
		sum := strconv.Itoa(n + 1)
		return sum, sum
	}
	return value, "no such command"
}
