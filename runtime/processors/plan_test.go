// SPDX-License-Identifier: Apache-2.0

package processors

import "testing"

// load is a simulated machine: what programs would use if they had all that they want.
type load struct {
	wants  float64 // of this program, with one processor
	others float64
}

// extra is how much more a program uses with several processors than with one, for the same work.
const extra = 1.5

// on returns the usage on a machine with so many processors, of which the program runs on n. Each thread gets the same share of a
// machine that is too small.
func (l load) on(machine float64, n int) usage {
	wants := l.wants
	if n > 1 {
		wants *= extra
	}
	threads := min(wants, float64(n))
	all := threads + l.others
	used := threads * min(1, machine/all)
	return usage{used: used, idle: max(0, machine-all), waited: threads - used}
}

// after returns on how many processors the program runs after so many looks, and how often that has changed.
func (l load) after(p *plan, machine float64, looks int) (n, changes int) {
	n = p.now
	for range looks {
		if next := p.next(l.on(machine, n)); next != n {
			n = next
			changes++
		}
	}
	return n, changes
}

func TestPlan(t *testing.T) {
	tests := []struct {
		name        string
		machine     float64
		before, now load
		want        int
		looks       int // until then
	}{
		{"at rest", 8, load{}, load{0.01, 0}, 1, 1},
		{"a little", 8, load{}, load{0.5, 1}, 1, 1},
		{"much, and idle processors", 8, load{}, load{20, 0}, 8, 3},
		{"much, on a large machine", 32, load{}, load{100, 0}, 32, 5},
		{"more than one", 8, load{}, load{2, 0}, 8, 4},
		{"a little more than one", 8, load{}, load{0.75, 0}, 2, 4},
		{"as much as the machine has left", 2, load{}, load{1, 1.1}, 1, 1},
		{"rest after much", 8, load{20, 0}, load{0.01, 0}, 1, 80},
		{"less after much, on a full machine", 2, load{3, 0}, load{0.85, 1.1}, 1, 20},
		{"others take all", 2, load{}, load{1, 4}, 2, 4},
		{"others take all of a large machine", 16, load{}, load{10, 40}, 16, 4},
		{"others have gone", 16, load{10, 40}, load{0.2, 0}, 1, 16*shrinkTime + maxTime},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlan(int(tt.machine))
			tt.before.after(p, tt.machine, 100)
			if got, _ := tt.now.after(p, tt.machine, tt.looks); got != tt.want {
				t.Errorf("after %d looks: %d processors, want %d", tt.looks, got, tt.want)
			}
		})
	}
}

// TestPlanIsSteady checks that a load that stays the same changes the number of processors seldom, and ever more seldom.
func TestPlanIsSteady(t *testing.T) {
	for _, machine := range []int{2, 4, 8, 32} {
		for wants := 0.05; wants < 40; wants *= 1.3 {
			for others := 0.0; others < 40; others = 1.4*others + 0.3 {
				p, l := newPlan(machine), load{wants, others}
				l.after(p, float64(machine), 5000)
				if n, changes := l.after(p, float64(machine), 3000); changes > 10*machine || n < 1 || n > machine {
					t.Errorf("%+v on %d processors: %d changes in 5 minutes, now %d", l, machine, changes, n)
				}
			}
		}
	}
}
