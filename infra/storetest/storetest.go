// SPDX-License-Identifier: Apache-2.0

// Package storetest is the conformance suite of kv.Store: every operation, and every promise of package kv and of the
// wire contract that a store has to keep. One suite runs against every store; a real Redis is the reference, so
// where it and another store differ, the other is wrong. Only tests import it.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// patience bounds every call of the suite and every wait for something to happen.
const patience = 5 * time.Minute

// Run runs the suite. Open returns a store that holds no keys, with the default limits; Run opens
// one after the other, closes each, and never uses two at a time.
func Run(t *testing.T, open func(t *testing.T) kv.Store) {
	for _, g := range []struct {
		name  string
		tests []test
	}{
		{"Get", getTests},
		{"Describe", describeTests},
		{"Set", setTests},
		{"Keys", keyTests},
		{"Incr", incrTests},
		{"Expire", expireTests},
		{"Expired", expiredTests},
		{"Batch", batchTests},
		{"Scan", scanTests},
		{"Idempotent", idempotentTests},
		{"IdempotentProjects", idempotentProjectTests},
		{"Context", contextTests},
		{"Concurrency", concurrencyTests},
		{"Projects", projectTests},
		{"DeleteProject", deleteProjectTests},
		{"Close", closeTests},
	} {
		t.Run(g.name, func(t *testing.T) { runGroup(t, open(t), g.tests) })
	}
}

// test is one test of a group. It has its own project in a store that it shares with the others of its group.
type test struct {
	name string
	run  func(c *client)
}

// runGroup runs the tests of one group in parallel, and closes the store after the last.
func runGroup(t *testing.T, s kv.Store, tests []test) {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	for i, one := range tests {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			one.run(&client{T: t, ctx: ctx, store: s, p: kv.ProjectID(i + 1)})
		})
	}
}

// eventually waits until the condition holds, and ends the test if it takes too long.
func (c *client) eventually(what string, holds func() bool) {
	c.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		if holds() {
			return
		}
	}
	c.Fatalf("waited %v for %s", patience, what)
}
