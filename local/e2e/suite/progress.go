// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// progress knows what is under way, and says so when nothing else was printed for a while.
type progress struct {
	io.Writer
	wrote    bool            // since the last tick
	begun    time.Time       // the first tick was one interval later
	packages map[string]bool // that are running
	done     int             // packages
	tests    map[testName]bool
}

func newProgress(out io.Writer) *progress {
	return &progress{Writer: out, begun: time.Now(), packages: map[string]bool{}, tests: map[testName]bool{}}
}

// Write notes that something is printed.
func (p *progress) Write(b []byte) (int, error) {
	p.wrote = true
	return p.Writer.Write(b)
}

// add notes what an event begins or ends.
func (p *progress) add(e event) {
	switch name := (testName{e.Package, e.Test}); e.Action {
	case "start":
		p.packages[e.Package] = true
	case "run", "cont":
		p.tests[name] = true
	case "pause":
		delete(p.tests, name)
	case "pass", "fail", "skip":
		delete(p.tests, name)
		if e.Test == "" {
			p.done++
			delete(p.packages, e.Package)
			maps.DeleteFunc(p.tests, func(name testName, _ bool) bool { return name.pkg == e.Package })
		}
	}
}

// tick prints how far it is, unless something was printed since the last tick.
func (p *progress) tick(now time.Time, passed, failed int) {
	if !p.wrote {
		fmt.Fprintf(p.Writer, "after %v: %d packages done, %d tests passed, %d failed; %s\n",
			now.Sub(p.begun).Round(time.Second), p.done, passed, failed, p.underWay())
	}
	p.wrote = false
}

// underWay names a few of the tests that are running, else the packages; at first there are none.
func (p *progress) underWay() string {
	var names []string
	for name := range p.tests {
		if !strings.Contains(name.test, "/") {
			names = append(names, short(name.pkg)+" "+name.test)
		}
	}
	if len(names) == 0 {
		for pkg := range p.packages {
			names = append(names, short(pkg))
		}
	}
	if len(names) == 0 {
		return "building"
	}
	slices.Sort(names)
	const few = 3
	more := ""
	if len(names) > few {
		more = fmt.Sprintf(" and %d more", len(names)-few)
		names = names[:few]
	}
	return "running " + strings.Join(names, ", ") + more
}

// short returns the package without the name of the module.
func short(pkg string) string { return strings.TrimPrefix(pkg, "github.com/tempskv/tempskv/") }
