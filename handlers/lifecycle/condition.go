// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"time"
)

// conditionKind says what a condition means. Kinds are ordered by how much they matter to an operator.
type conditionKind int

const (
	failed         conditionKind = iota // the last job, if it did not fail because of the request
	degraded                            // the engine was lost and is to be brought up again, under the lease that is there
	recovered                           // the engine was lost and is up again
	conditionKinds int           = iota
)

// condition is what the status says of the engine beyond what a probe finds.
type condition struct {
	kind  conditionKind
	text  string // fit to be shown
	since time.Time
}

// message returns the condition in words, empty if there is none.
func (c condition) message() string {
	switch {
	case c.text == "" || c.kind == failed:
		return c.text
	case c.kind == degraded:
		return c.text + "; it is being brought back"
	}
	return c.text + "; it was brought back at " + c.since.UTC().Format(time.RFC3339)
}

// conditions holds up to one condition of each kind.
type conditions [conditionKinds]condition

// problem returns in words what is wrong, empty if nothing is.
func (c *conditions) problem() string { return cmp.Or(c[failed].message(), c[degraded].message()) }

// set replaces the condition of the kind. An empty text removes it.
func (c *conditions) set(kind conditionKind, text string) {
	c[kind] = condition{}
	if text != "" {
		c[kind] = condition{kind: kind, text: text, since: time.Now()}
	}
}
