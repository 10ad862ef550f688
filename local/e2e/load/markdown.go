// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// markdown is the report for people.
func (r *report) markdown() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "# Benchmark of %s\n\n", r.Began.Format("2006-01-02 15:04 MST"))
	if w := m.warnings(); w != "" {
		b.WriteString(w + "\n")
	}
	fmt.Fprintf(&b, "tempskv %s, built with %s; Redis %s without persistence, over TCP on the loopback interface; Linux %s, %d × %s, %s MB of "+
		"memory; an fsync takes %.2f ms. The clients, Redis and webdis run on the same machine. Before the run its processors were "+
		"%.0f %% busy (load averages %s), and during it the host took %.1f %% of them away. It took %s.\n\n",
		m.Revision, m.Go, m.Redis, m.Kernel, m.CPUs, m.CPU, number(int(m.MemoryMB)), m.FsyncMs, m.BusyPercent, m.Load, m.StolenPercent,
		time.Duration(r.TookSeconds)*time.Second)
	b.WriteString("wrk sends with one thread, and the next request of a connection when the last one is answered. Subjects take turns, " +
		"round by round; figures are the medians of the rounds, and ratios the medians of the ratios of single rounds. CPU is the time of " +
		"processors, in user and kernel mode, by answered request. webdis has the settings of its Debian package, and gets the same keys from the " +
		"same Redis in its own form: `GET /GET/key` for commands that read and for `INCR`, the command as the body of a `POST` for `SET` " +
		"and `MSET`. The no-op checks the token, decodes the body, and answers a constant.\n")
	for _, part := range []string{r.goals(), r.commands(), r.sizes(), r.memory(), r.neighbours(), r.profiles()} {
		b.WriteString(part)
	}
	return b.String()
}

func (r *report) goals() string {
	if len(r.Goals) == 0 {
		return ""
	}
	t := newTable(1, "", "goal", "measured", "rounds", "reached")
	for _, g := range r.Goals {
		bound, reached := "≥ ", "no"
		if g.AtMost {
			bound = "≤ "
		}
		if g.reached() {
			reached = "yes"
		}
		t.add(g.What, bound+goalFigure(g.Want)+g.Unit, figure(g.value())+g.Unit,
			figure(slices.Min(g.Rounds))+" to "+figure(slices.Max(g.Rounds)), reached)
	}
	behind := ""
	if len(r.GoalResults) > 0 {
		behind = "\nThe figures behind the ratios:\n\n" + resultTable(r.GoalResults, false)
	}
	e := r.Effort
	return fmt.Sprintf("\n## Goals\n\n%d connections, %s of %d s. An `mset` of %s is sent over %d connections, to a store that grows with "+
		"each round; a restore is of %s keys, into an empty server, and ends when all of them were read back and compared. Memory is the "+
		"resident set with the engine embedded. The neighbour gets a small value %d times a second, and each time counts from when the "+
		"request was due; the flood has %d connections.\n\n%s%s",
		goalConnections, many(e.GoalRounds, "round"), e.GoalSeconds, number(bulkKeys), bulkConnections, number(e.RestoredKeys),
		neighbourConnections*int(time.Second/paceEvery), floodConnections, t, behind)
}

// goalFigure writes a bound as short as it is.
func goalFigure(f float64) string {
	if f >= 1000 {
		return number(int(f))
	}
	return fmt.Sprint(f)
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (r *report) commands() string {
	if len(r.Commands) == 0 {
		return ""
	}
	return fmt.Sprintf("\n## Commands\n\n%s of %d s. A value has %d bytes if nothing else is said; `set` and `mset` write random ones of "+
		"%s keys, and with the engine embedded they are on the disk when they are answered.\n\n%s",
		many(r.Effort.Rounds, "round"), r.Effort.Seconds, len(smallValue), number(writtenKeys), resultTable(r.Commands, false))
}

func (r *report) sizes() string {
	if len(r.Sizes) == 0 {
		return ""
	}
	return fmt.Sprintf("\n## Cost by number of keys\n\n%s of %d s. Keys are random ones of those that are stored, with values of %d bytes; "+
		"pages of a scan are spread over all of them. `get` and `set` have %d connections, scans %d, since the server makes few pages at a "+
		"time.\n\n%s",
		many(r.Effort.Rounds, "round"), r.Effort.Seconds, len(smallValue), goalConnections, scanConnections, resultTable(r.Sizes, true))
}

// resultTable has a row for each result. bySize says that it is about the number of keys, and not that of connections.
func resultTable(results []result, bySize bool) string {
	by := "connections"
	if bySize {
		by = "keys"
	}
	t := newTable(2, "", "", by, "requests/s", "p50 ms", "p99 ms", "CPU µs", "of Redis µs", "errors")
	last := ""
	for _, m := range results {
		n := m.Connections
		if bySize {
			n = m.Keys
		}
		name := ""
		if m.Workload != last {
			name, last = "`"+m.Workload+"`", m.Workload
		}
		redis := ""
		if m.RedisCPU > 0 {
			redis = figure(m.RedisCPU)
		}
		t.add(name, m.Gateway, number(n), number(int(m.RequestsPerSecond)), figure(m.P50ms), figure(m.P99ms), figure(m.GatewayCPU), redis, m.Errors)
	}
	return t.String()
}

func (r *report) memory() string {
	if len(r.Memory) == 0 {
		return ""
	}
	t := newTable(2, "", "", "resident MB", "of no file MB", "of Redis MB")
	for _, m := range r.Memory {
		redis := ""
		if m.RedisMB > 0 {
			redis = figure(m.RedisMB)
		}
		t.add(m.Gateway, m.State, figure(m.MB), figure(m.OwnMB), redis)
	}
	return fmt.Sprintf("\n## Memory\n\nAfter %s without requests. Each idle connection had a `get` answered. The first two rows of an engine are "+
		"medians of %s, the others were looked at once. The resident set has pages of files, such as the program, which the kernel "+
		"takes back when it needs them.\n\n%s", time.Duration(r.Effort.RestMs)*time.Millisecond, many(r.Effort.Rounds, "start"), t)
}

func (r *report) neighbours() string {
	if len(r.Neighbours) == 0 {
		return ""
	}
	t := newTable(2, "flood", "`--max-in-flight`", "answered/s", "p50 ms", "p99 ms", "failed", "flood answered/s", "flood refused/s")
	for _, n := range r.Neighbours {
		t.add(cmp.Or(n.Flood, "none"), "`"+n.Setting+"`", figure(n.RequestsPerSecond), figure(n.P50ms), figure(n.P99ms), n.Failed,
			figure(n.FloodAnswered), figure(n.FloodRefused))
	}
	return fmt.Sprintf("\n## Neighbours\n\nA project that gets a small value %d times a second, next to another one that floods on %d connections, on "+
		"one Redis; an `mget` is of %s keys. A flood to the no-op, another process, shows what is a matter of the "+
		"machine alone. Times count from when a request was due. The rounds in the middle by p99, of %s of %d s.\n\n%s",
		neighbourConnections*int(time.Second/paceEvery), floodConnections, number(floodKeys), many(r.Effort.Rounds, "round"), r.Effort.PacedSeconds, t)
}
