// SPDX-License-Identifier: Apache-2.0

// Package metamorphic runs random calls of several clients on a kv.Store at the same time, and checks that a store that executes
// one call after the other could have given the same answers. A history for which that is not so is made smaller, and
// printed. Only tests import it.
package metamorphic

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	clients   = 4
	perClient = 8 // steps of each
	// histories is how many are run unless durationEnv is set.
	histories = 150
	// attempts is how often a smaller program is run before it is taken for one that does not fail: what goes wrong depends on
	// which call comes first.
	attempts = 60
)

// durationEnv is the environment variable that says how long to run: see time.ParseDuration.
const durationEnv = "TEMPSKV_METAMORPHIC"

// Test runs histories on the store, which holds no keys, for as long as durationEnv says; without it, some.
func Test(t *testing.T, s kv.Store) {
	t.Helper()
	more := func(done int) bool { return done < histories }
	if text := os.Getenv(durationEnv); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("%s: %v", durationEnv, err)
		}
		end := time.Now().Add(d)
		more = func(int) bool { return time.Now().Before(end) }
	}
	seed := rand.Uint64()
	done := 0
	for ; more(done); done++ {
		if report := Find(t.Context(), s, rand.New(rand.NewPCG(seed, uint64(done)))); report != "" {
			t.Fatalf("history %d of the seed %d: %s", done, seed, report)
		}
	}
	t.Logf("one order explains each of %d histories", done)
}

// Find runs one random history. It returns a report if no order explains the answers, otherwise nothing.
func Find(ctx context.Context, s kv.Store, r *rand.Rand) string {
	projects := kv.ProjectID(0)
	fails := func(p program) *history {
		projects++
		project := kv.ProjectID(r.Int64N(int64(kv.MaxProjectID)-1) + 1)
		h := run(ctx, s, project, p)
		if err := s.DeleteProject(ctx, project); err != nil {
			h.errs = append(h.errs, fmt.Errorf("delete the project: %w", err))
		}
		if h.explained() {
			return nil
		}
		return h
	}
	p := random(r)
	found := fails(p)
	if found == nil {
		return ""
	}
	whole := p.len()
	smallest := shrink(p, found, func(p program) *history {
		for range attempts {
			if h := fails(p); h != nil {
				return h
			}
		}
		return nil
	})
	return fmt.Sprintf("no order of calls explains the answers; %d of %d calls are left:\n%s", len(smallest.calls), whole, smallest)
}
