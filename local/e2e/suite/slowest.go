// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// slowest knows how many seconds each test took itself, without its subtests.
type slowest struct {
	seconds map[testName]float64
	begun   map[testName]time.Time
	paused  map[testName]bool // ran in parallel: its time is not part of what go test says of its parent
}

func newSlowest() slowest {
	return slowest{map[testName]float64{}, map[testName]time.Time{}, map[testName]bool{}}
}

func (s slowest) add(e event) {
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "run":
		s.seconds[name], s.begun[name] = 0, e.Time
	case "pause":
		s.paused[name] = true
	case "pass", "fail":
		s.seconds[name] += e.Elapsed
		if parent, ok := s.parent(name); ok && !s.paused[name] {
			// Its parent also waited for the parallel subtests of this one, which Elapsed leaves out.
			s.seconds[parent] -= max(e.Elapsed, e.Time.Sub(s.begun[name]).Seconds())
		}
	}
}

// parent returns the test that a subtest is part of. Its own name may hold slashes.
func (s slowest) parent(name testName) (testName, bool) {
	for at := strings.LastIndexByte(name.test, '/'); at > 0; at = strings.LastIndexByte(name.test, '/') {
		name.test = name.test[:at]
		if _, ok := s.seconds[name]; ok {
			return name, true
		}
	}
	return testName{}, false
}

// print prints the tests that took longest, of those that took any time.
func (s slowest) print(out io.Writer) {
	const few, least = 10, 0.05
	var names []testName
	for name, seconds := range s.seconds {
		if seconds >= least {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b testName) int {
		return cmp.Or(cmp.Compare(s.seconds[b], s.seconds[a]), cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.test, b.test))
	})
	if len(names) > 0 {
		fmt.Fprintln(out, "the tests that took longest:")
	}
	for _, name := range names[:min(few, len(names))] {
		fmt.Fprintf(out, "%8.1f s  %s %s\n", s.seconds[name], short(name.pkg), name.test)
	}
}
