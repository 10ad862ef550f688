// SPDX-License-Identifier: Apache-2.0

package metamorphic

import (
	"fmt"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// history is the calls of a program, in the order in which they began.
type history struct {
	calls []call
	errs  []error // of calls that should have none
}

// checkTime bounds the search for an order, which takes milliseconds.
const checkTime = 5 * time.Minute

// explained reports whether one order of the calls explains the answers.
func (h *history) explained() bool {
	if len(h.errs) > 0 {
		return false
	}
	var all []porcupine.Operation
	for _, c := range h.calls {
		for _, p := range c.parts() {
			all = append(all, porcupine.Operation{ClientId: c.client, Input: p, Call: c.begin, Return: c.end, Output: p.output})
		}
	}
	return porcupine.CheckOperationsTimeout(model, all, checkTime) == porcupine.Ok
}

// String lists the calls for people.
func (h *history) String() string {
	var text strings.Builder
	for _, c := range h.calls {
		output := make([]string, len(c.output))
		for i, o := range c.output {
			output[i] = brief(o)
		}
		fmt.Fprintf(&text, "  %3d to %3d  client %d: %s -> %s\n", c.begin, c.end, c.client, c.step, strings.Join(output, " "))
	}
	for _, err := range h.errs {
		fmt.Fprintf(&text, "  %v\n", err)
	}
	return text.String()
}
