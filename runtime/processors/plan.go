// SPDX-License-Identifier: Apache-2.0

package processors

import "time"

const (
	every    = 100 * time.Millisecond // the time between two looks at the machine
	restTime = 500 * time.Millisecond // that time while the program uses fewer processors than resting
	resting  = 0.02
)

// usage is what happened on the machine since the last look, in processors: 0.5 is one for half of the time.
type usage struct {
	used   float64 // by this program
	idle   float64 // by nobody, on the whole machine
	waited float64 // by threads of this program that could run and had no processor
}

const (
	busy   = 0.6  // part of its processors that the program uses if more of them may help
	spare  = 0.65 // idle processors of the machine from which one more helps
	plenty = 1.5  // idle processors from which more help at once
	little = 0.75
	waits  = 0.2  // parts of its processors that the program uses at most, and waits for at least, if others take too much
	roomy  = 0.4  // part of one processor less that is used at most if it is too many
	full   = 0.35 // idle processors up to which the machine has none
	tight  = 0.4  // processors that are not used although the machine is full, from which one is too many
)

// Times, in looks.
const (
	growTime   = 3   // for which more help before there is one more; it doubles each time that it was too many
	robTime    = 3   // for which others take too much before all are used
	shrinkTime = 10  // for which one is too many before it is given back
	holdTime   = 20  // for which none is given back after others took too much; it doubles each time
	maxTime    = 600 // of what doubles
)

// plan decides how many processors Go runs on.
type plan struct {
	most, now              int
	helps, robbed, tooMany streak
	growTime, holdTime     int
	hold                   int // looks for which none is given back
}

func newPlan(most int) *plan { return &plan{most: most, now: 1, growTime: growTime} }

// next returns the number of processors from now on.
func (p *plan) next(u usage) int {
	now, some := float64(p.now), p.now < p.most
	if u.idle >= plenty {
		p.growTime = 1
	}
	p.hold = max(0, p.hold-1)
	isFull := u.idle < full && u.used < now-tight
	switch {
	case p.helps.lasts(p.growTime, some && u.used > busy*now && u.idle > spare):
		p.now = min(p.most, p.now+max(1, min(p.now, int(u.idle+0.5))))
		p.growTime = max(p.growTime, growTime)
	case p.robbed.lasts(robTime, some && u.used < little*now && u.waited > waits*now && u.idle < full):
		p.holdTime = min(max(2*p.holdTime, holdTime), maxTime)
		p.now, p.hold = p.most, p.holdTime
	case p.tooMany.lasts(shrinkTime, p.now > 1 && p.hold == 0 && (isFull || u.used < roomy*(now-1))):
		p.now--
		if isFull {
			p.growTime = min(2*p.growTime, maxTime)
		}
	}
	if p.now == 1 {
		p.holdTime = max(0, p.holdTime-1)
	}
	return p.now
}

// streak is how many looks in a row have said the same.
type streak int

// lasts reports whether another look makes n of them, and then begins again.
func (s *streak) lasts(n int, again bool) bool {
	if !again {
		*s = 0
		return false
	}
	*s++
	if int(*s) < n {
		return false
	}
	*s = 0
	return true
}
