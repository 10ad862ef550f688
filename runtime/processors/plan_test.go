// SPDX-License-Identifier: Apache-2.0

package processors

import "testing"

// load is a simulated machine and what its programs want.
type load struct {
	machine float64
	wants   float64 // processors that the requests to this program take if it runs on one
	others  float64 // that other programs would use if they had all that they want
	several float64 // times the processors that requests take if the program runs on several; 0: as on one
}

// on returns the usage if the program runs on n processors. Each thread gets the same share of a machine that is too small.
func (l load) on(n int) usage {
	cost := 1.0
	if n > 1 && l.several > 0 {
		cost = l.several
	}
	threads := min(l.wants*cost, float64(n))
	all := threads + l.others
	used := threads * min(1, l.machine/all)
	return usage{used: used, idle: max(0, l.machine-all), waited: threads - used, answered: 10_000 * used / cost}
}

// after returns on how many processors the program runs after so many looks, and how often that has changed.
func (l load) after(p *plan, looks int) (n, changes int) {
	n = p.now
	for range looks {
		if next := p.next(l.on(n)); next != n {
			n = next
			changes++
		}
	}
	return n, changes
}

func TestPlan(t *testing.T) {
	tests := []struct {
		name        string
		before, now load
		want        int
		looks       int // until then
	}{
		{"at rest", load{}, load{machine: 8, wants: 0.01}, 1, 1},
		{"a little", load{}, load{machine: 8, wants: 0.5, others: 1}, 1, 100},
		{"much, and idle processors", load{}, load{machine: 8, wants: 20}, 8, 4},
		{"much, on a large machine", load{}, load{machine: 32, wants: 100}, 32, 6},
		{"more than one", load{}, load{machine: 8, wants: 2, several: 1.5}, 8, 100},
		{"several help", load{}, load{machine: 2, wants: 3, others: 0.3}, 2, firstGrow + trialTime},
		{"several cost as much as they give", load{}, load{machine: 2, wants: 3, others: 0.6, several: 1.5}, 1, 100},
		{"one does it with less", load{machine: 2, wants: 3}, load{machine: 2, wants: 1, others: 1, several: 1.5}, 1, 100},
		{"one does not do it", load{machine: 2, wants: 3}, load{machine: 2, wants: 1.5, others: 0.5}, 2, 100},
		{"rest after much", load{machine: 8, wants: 20}, load{machine: 8, wants: 0.01}, 1, 80},
		{"others take all", load{}, load{machine: 2, wants: 1, others: 4}, 2, crowdTime + 1},
		{"others take all of a large machine", load{}, load{machine: 16, wants: 10, others: 40}, 16, crowdTime + 1},
		{"others have gone", load{machine: 16, wants: 10, others: 40}, load{machine: 16, wants: 0.2}, 1, 16*firstGive + maxTime},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlan(int(tt.now.machine))
			if tt.before.machine > 0 {
				tt.before.after(p, 100)
			}
			if got, _ := tt.now.after(p, tt.looks); got != tt.want {
				t.Errorf("after %d looks: %d processors, want %d", tt.looks, got, tt.want)
			}
		})
	}
}

// TestPlanRemembers has bursts of the same work with rests between them: what helped is there at once, and what did not is not
// tried in each, but after a long rest.
func TestPlanRemembers(t *testing.T) {
	p, burst, rest := newPlan(2), load{machine: 2, wants: 3, others: 0.6, several: 1.5}, load{machine: 2, wants: 0.01}
	for range 3 {
		burst.after(p, 100)
		rest.after(p, 10)
	}
	if _, changes := burst.after(p, 50); changes > 0 {
		t.Errorf("%d changes in another burst, want none", changes)
	}
	rest.after(p, forgetTime)
	if _, changes := burst.after(p, firstGrow+trialTime); changes == 0 {
		t.Error("no change in a burst after a long rest")
	}
	for range 3 {
		burst.after(p, 100)
	}
	load{machine: 2, wants: 0.03}.after(p, forgetTime) // it is asked how it is from time to time
	if _, changes := burst.after(p, firstGrow+trialTime); changes == 0 {
		t.Error("no change in a burst after a long time with little to do")
	}
	several := load{machine: 2, wants: 3, others: 0.3}
	rest.after(p, forgetTime)
	several.after(p, firstGrow+trialTime)
	rest.after(p, 100)
	if n, changes := several.after(p, 1); n != 2 {
		t.Errorf("in another burst of what several do better: %d processors after %d changes", n, changes)
	}
}

// TestPlanIsSteady checks that a load that stays the same hardly changes the number of processors in the end, but for trials.
func TestPlanIsSteady(t *testing.T) {
	for _, machine := range []float64{2, 4, 8, 32} {
		for wants := 0.05; wants < 40; wants *= 1.3 {
			for others := 0.0; others < 40; others = 1.4*others + 0.3 {
				for _, several := range []float64{0.8, 1, 1.4} {
					p, l := newPlan(int(machine)), load{machine, wants, others, several}
					l.after(p, 10_000)
					if n, changes := l.after(p, 3000); changes > 20*trialTime || n < 1 || n > int(machine) {
						t.Errorf("%+v: %d changes in 5 minutes, now %d", l, changes, n)
					}
				}
			}
		}
	}
}
