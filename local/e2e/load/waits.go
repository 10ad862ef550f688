// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// topLimits is how many locks of a workload are in the table of what would limit a machine.
const topLimits = 3

// profiles begins with what would limit a machine with many processors, and then has all that was recorded.
func (r *report) profiles() string {
	if len(r.Profiles) == 0 {
		return ""
	}
	last := processors[len(processors)-1]
	var all strings.Builder
	limits := newTable(2, append([]string{"", "who holds the lock"}, waitColumns()...)...)
	for _, group := range groupsOf(r.Profiles) {
		name := fmt.Sprintf("`%s` %s", group[0].Workload, group[0].Gateway)
		speeds := make([]string, len(group))
		for i, p := range group {
			speeds[i] = number(int(p.RequestsPerSecond))
		}
		mutex := func(p profiled) []wait { return p.Mutex }
		block := func(p profiled) []wait { return p.Block }
		limits.add(append([]any{name, "all locks"}, waitCells(group, func(p profiled) float64 { return sumOf(p.Mutex) })...)...)
		for _, row := range first(waitRows(group, mutex), topLimits) {
			limits.add(append([]any{""}, row...)...)
		}
		fmt.Fprintf(&all, "\n### %s: %s requests/s\n\n%s\n%s", name, strings.Join(speeds, ", "), waitTable("waiting for a lock, by who holds it", group, mutex), waitTable("waiting, by who waits", group, block))
	}
	return fmt.Sprintf("\n## Where requests wait\n\nProfiles of mutexes and of blocking (of %s of %d s the one in the middle by what locks cost), with %d connections and GOMAXPROCS of %s on %d processors: "+
		"microseconds by request, and their share of the time of a request. Functions are those of tempskv that are nearest to the wait; "+
		"what happens less than once in %d requests is left out. A goroutine that waits for work, or for an answer of Redis, counts under "+
		"blocking too: that limits nothing. Locks do, and more so with more processors.\n\n### What would limit a machine with %d processors\n\n"+
		"The locks with the longest waits at GOMAXPROCS %d.\n\n%s%s",
		many(r.Effort.Rounds, "round"), r.Effort.Seconds, goalConnections, strings.Join(strings.Fields(strings.Trim(fmt.Sprint(processors), "[]")), ", "), r.Machine.CPUs, 1000/rareWaits,
		last, last, limits, all.String())
}

// groupsOf returns the profiles of each workload, in which GOMAXPROCS grows.
func groupsOf(all []profiled) (groups [][]profiled) {
	for some := range slices.Chunk(all, len(processors)) {
		groups = append(groups, some)
	}
	return groups
}

func waitColumns() (columns []string) {
	for _, n := range processors {
		columns = append(columns, fmt.Sprintf("µs at %d", n))
	}
	return columns
}

func waitTable(title string, group []profiled, of func(profiled) []wait) string {
	t := newTable(1, append([]string{title}, waitColumns()...)...)
	for _, row := range waitRows(group, of) {
		t.add(row...)
	}
	return t.String()
}

// waitRows has a row for each function that is among the first of one of the profiles, in the order of the last of them.
func waitRows(group []profiled, of func(profiled) []wait) (rows [][]any) {
	var names []string
	for _, p := range group {
		for _, w := range first(of(p), topWaits) {
			if !slices.Contains(names, w.Function) {
				names = append(names, w.Function)
			}
		}
	}
	last := group[len(group)-1]
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(usOf(of(last), b), usOf(of(last), a)) })
	for _, name := range names {
		cells := waitCells(group, func(p profiled) float64 { return usOf(of(p), name) })
		rows = append(rows, append([]any{"`" + name + "`"}, cells...))
	}
	return rows
}

// waitCells has the microseconds of each profile, and their share of the time of a request.
func waitCells(group []profiled, us func(profiled) float64) (cells []any) {
	for _, p := range group {
		share := us(p) * p.RequestsPerSecond / goalConnections / 1e6 // a connection has one request at a time
		cells = append(cells, fmt.Sprintf("%s (%.1f %%)", figure(us(p)), 100*share))
	}
	return cells
}

func first[T any](all []T, n int) []T { return all[:min(n, len(all))] }

func sumOf(all []wait) (us float64) {
	for _, w := range all {
		us += w.Us
	}
	return us
}

// usOf returns how long requests wait in a function, 0 if it is not there.
func usOf(all []wait, function string) float64 {
	if i := slices.IndexFunc(all, func(w wait) bool { return w.Function == function }); i >= 0 {
		return all[i].Us
	}
	return 0
}
