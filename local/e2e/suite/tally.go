// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// event is one line of go test -json. See go doc test2json.
type event struct {
	Time                          time.Time
	Action, Package, Test, Output string
	Elapsed                       float64 // seconds
}

// testName names a test; its test is empty for what a package prints or ends in outside of its tests.
type testName struct{ pkg, test string }

// tally counts tests and subtests, and prints what people want to see while they run.
type tally struct {
	out            *progress
	slowest        slowest
	passed, failed int
	leftOut        map[string][]testName // by reason
	output         map[testName][]byte   // of tests that have not ended
	failedIn       map[string]bool       // packages with a failed test
}

func newTally(out io.Writer) *tally {
	return &tally{
		out: newProgress(out), slowest: newSlowest(), leftOut: map[string][]testName{},
		output: map[testName][]byte{}, failedIn: map[string]bool{},
	}
}

// read counts the events until there are no more, and prints how far it is at ticks before which nothing was printed.
func (t *tally) read(events io.Reader, tick <-chan time.Time) error {
	next, failed := make(chan event), make(chan error, 1)
	go func() {
		defer close(next)
		failed <- decode(events, next)
	}()
	for {
		select {
		case e, ok := <-next:
			if !ok {
				return <-failed
			}
			t.add(e)
		case now := <-tick:
			t.out.tick(now, t.passed, t.failed)
		}
	}
}

// decode sends the events on until there are no more.
func decode(events io.Reader, next chan<- event) error {
	for dec := json.NewDecoder(events); ; {
		var e event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the events of go test: %w", err)
		}
		next <- e
	}
}

func (t *tally) add(e event) {
	t.out.add(e)
	if e.Test == "" {
		t.addPackage(e)
		return
	}
	t.slowest.add(e)
	t.addTest(e)
}

// addPackage counts a package that fails as a whole: it does not build, or ends outside of its tests.
func (t *tally) addPackage(e event) {
	switch e.Action {
	case "output", "build-output":
		if e.Output != "PASS\n" && e.Output != "FAIL\n" && !strings.HasSuffix(e.Output, "[no test files]\n") {
			fmt.Fprint(t.out, e.Output)
		}
	case "fail":
		if !t.failedIn[e.Package] {
			t.failed++
		}
		t.addUnfinished(e.Package)
	}
}

// addUnfinished prints what the tests said that a package took with it: a panic, or the stacks at a timeout.
func (t *tally) addUnfinished(pkg string) {
	for name, output := range t.output {
		if name.pkg == pkg {
			fmt.Fprintf(t.out, "%s", output)
			delete(t.output, name)
		}
	}
}

func (t *tally) addTest(e event) {
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") {
			t.output[name] = append(t.output[name], e.Output...)
		}
		return
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		t.failedIn[e.Package] = true
		fmt.Fprintf(t.out, "%s", t.output[name])
	case "skip":
		why := reason(string(t.output[name]))
		t.leftOut[why] = append(t.leftOut[why], name)
	default:
		return
	}
	delete(t.output, name)
}

// place is where a test says what it says: "    store_test.go:12: ".
var place = regexp.MustCompile(`^\s*\w+\.go:\d+: `)

// reason returns what a test said that was left out.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(place.ReplaceAllString(line, "")); line != "" && !strings.HasPrefix(line, "--- SKIP") {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}

// report prints which tests took longest, what was left out and why, and the counts in the last line.
func (t *tally) report(d time.Duration) {
	t.slowest.print(t.out)
	n := 0
	for _, why := range slices.Sorted(maps.Keys(t.leftOut)) {
		names := t.leftOut[why]
		n += len(names)
		fmt.Fprintf(t.out, "left out: %d of %s: %s\n", len(names), packagesOf(names), why)
	}
	if n == 0 {
		fmt.Fprintln(t.out, "nothing was left out")
	}
	fmt.Fprintf(t.out, "%d passed, %d failed, %d left out in %s\n", t.passed, t.failed, n, d.Round(time.Second))
}

// packagesOf lists the packages of the tests, each once.
func packagesOf(names []testName) string {
	var pkgs []string
	for _, name := range names {
		pkgs = append(pkgs, short(name.pkg))
	}
	slices.Sort(pkgs)
	return strings.Join(slices.Compact(pkgs), ", ")
}

// err returns an error if a test failed or, where all are required, was left out.
func (t *tally) err(requireAll bool) error {
	switch {
	case t.failed > 0:
		return errors.New("tests failed")
	case requireAll && len(t.leftOut) > 0:
		return errors.New("tests were left out, and TEMPSKV_REQUIRE_ALL is set")
	}
	return nil
}
