// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// effort is how much a run does.
type effort struct {
	Connections    []int `json:"connections"`  // of the commands
	Rounds         int   `json:"rounds"`       // of everything but the goals
	Seconds        int   `json:"seconds"`      // of such a round
	GoalRounds     int   `json:"goal_rounds"`  // of the goals
	GoalSeconds    int   `json:"goal_seconds"` // of such a round
	PacedSeconds   int   `json:"paced_seconds"`
	WarmUp         bool  `json:"warm_up"` // a second of each before its first round
	sizes          []int // keys
	RestoredKeys   int   `json:"restored_keys"`
	RememberedKeys int   `json:"remembered_keys"`
	Idle           int   `json:"idle_connections"`
	RestMs         int   `json:"rest_ms"` // how long a server is left alone before its memory is looked at
}

var (
	thorough = effort{
		Connections: []int{1, 64, 1000}, Rounds: 3, Seconds: 2, GoalRounds: 5, GoalSeconds: 3, PacedSeconds: 5, WarmUp: true,
		sizes: []int{1000, 100_000, 1_000_000}, RestoredKeys: 100_000, RememberedKeys: 1_000_000, Idle: 10_000, RestMs: 2000,
	}
	brief = effort{
		Connections: []int{64}, Rounds: 1, Seconds: 1, GoalRounds: 1, GoalSeconds: 1, PacedSeconds: 1,
		sizes: []int{1000, 5000}, RestoredKeys: 2000, RememberedKeys: 5000, Idle: 1000, RestMs: 100,
	}
)

// section is a part of the run that can be chosen. It adds what it measures to the report.
type section struct {
	name    string
	measure func(*bench, context.Context, *report) error
}

// sections are in the order in which they are measured.
func sections() []section {
	return []section{
		{"goals", (*bench).measureGoals},
		{"commands", (*bench).measureCommands},
		{"sizes", (*bench).measureSizes},
		{"memory", (*bench).measureMemory},
		{"neighbours", (*bench).measureNeighbours},
		{"profiles", (*bench).measureProfiles},
	}
}

// choose returns those of all that a list separated by commas names, all if it is empty.
func choose(all []section, list string) ([]section, error) {
	if list == "" {
		return all, nil
	}
	var chosen []section
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(all, func(s section) bool { return s.name == name })
		if i < 0 {
			var names []string
			for _, s := range all {
				names = append(names, s.name)
			}
			return nil, fmt.Errorf("there is no %q: take %s", name, strings.Join(names, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// measureAll measures one section after the other. The processes and files of a section are gone before the next. If one
// fails, the report has what was measured nevertheless.
func (b *bench) measureAll(ctx context.Context, chosen []section) (*report, error) {
	r := &report{Began: time.Now().UTC().Truncate(time.Second), Effort: b.effort}
	var err error
	if r.Machine, err = lookAtMachine(ctx, b); err != nil {
		return nil, err
	}
	fmt.Fprint(os.Stderr, r.Machine.warnings())
	before, err := cpuTimes()
	if err != nil {
		return nil, err
	}
	for _, s := range chosen {
		if ctx.Err() != nil {
			break
		}
		b.progress("%s", s.name)
		if failed := s.measure(b, ctx, r); failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", s.name, failed))
		}
		b.end()
	}
	after, failed := cpuTimes()
	r.Machine.StolenPercent = after.since(before).percent(after.stolen - before.stolen)
	r.TookSeconds = int(time.Since(r.Began).Seconds())
	return r, errors.Join(err, failed, ctx.Err())
}

// progress says on standard error what is measured now.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s %s\n", time.Since(b.began).Round(time.Second), fmt.Sprintf(format, args...))
}
