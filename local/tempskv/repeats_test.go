// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What fails every ten seconds for six hours is logged a dozen times, and another cause at once.
func TestRepeatsAreLoggedSparingly(t *testing.T) {
	t.Parallel()
	var r repeats
	begin := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	var logged []time.Duration
	all := 0
	for at := time.Duration(0); at <= 6*time.Hour; at += 10 * time.Second {
		if n, log := r.next("refused", begin.Add(at)); log {
			logged = append(logged, at)
			all += n
		}
	}
	minutes := []time.Duration{0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303}
	for i := range minutes {
		minutes[i] *= time.Minute
	}
	if diff := cmp.Diff(minutes, logged); diff != "" {
		t.Error(diff)
	}
	if all != int(logged[len(logged)-1]/(10*time.Second))+1 {
		t.Errorf("%d attempts are told of", all)
	}
	for i, cause := range []string{"another", "refused", "another"} {
		if _, log := r.next(cause, begin.Add(6*time.Hour)); !log {
			t.Errorf("change %d is not logged", i)
		}
	}
	if n, log := r.next("another", begin.Add(6*time.Hour+59*time.Second)); log || n != 0 {
		t.Error("it is repeated within a minute")
	}
}
