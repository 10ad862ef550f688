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
	used     float64 // by this program
	idle     float64 // by nobody, on the whole machine
	waited   float64 // by threads of this program that could run and had no processor
	answered float64 // requests a second
}

const (
	busy   = 0.6  // part of its processors that the program uses if more of them may help
	spare  = 0.2  // idle processors of the machine from which another one may help
	plenty = 1.5  // and from which it helps for certain
	little = 0.75 // parts of its processors that the program uses at most,
	waits  = 0.2  // and waits for at least, if other programs take too much
	roomy  = 0.4  // part of one processor less that is used at most if it is too many
	tight  = 0.4  // processors that are not used although the machine is full, from which one may be too many

	light = 0.2 // processors that the program uses at most while it has little to do

	gain = 1.15 // times the requests that one processor more has to answer to be used
)

// Times, in looks.
const (
	trialTime = 10  // of a trial
	firstGrow = 5   // for which another one may help before it is tried; four times as long each time that it did not help
	firstGive = 10  // for which one may be too many before less is tried; it doubles each time that it was not
	crowdTime = 3   // for which others take too much before all are used
	firstHold = 20  // for which none is given back after that; it doubles each time
	maxTime   = 600 // of what grows

	forgetTime = 120 // with little to do, until what did not help is tried as if for the first time: a minute at rest
)

// plan decides how many processors Go runs on.
type plan struct {
	most, now int
	trial     *trial // nil: none is under way

	helps, crowded, tooMany      streak
	rested                       int // looks with little to do since the last trial
	growTime, giveTime, holdTime int
	hold                         int  // looks for which none is given back
	helped                       bool // one more, when it was last tried
	again                        bool // there was a rest since then
}

func newPlan(most int) *plan {
	return &plan{most: most, now: 1, growTime: firstGrow, giveTime: firstGive}
}

// next returns the number of processors from now on.
func (p *plan) next(u usage) int {
	p.hold = max(0, p.hold-1)
	if p.now == 1 && p.trial == nil {
		p.holdTime = max(0, p.holdTime-1)
	}
	p.again = p.again || u.used < resting
	if u.used < light {
		p.rested++
	}
	if p.rested == forgetTime {
		p.rested, p.growTime, p.helped = 0, firstGrow, false // other work may come
	}
	if p.trial == nil {
		p.decide(u)
	} else if p.now = p.trial.next(u.answered); p.trial.looks == 0 {
		p.learn(p.trial)
		p.trial = nil
	}
	return p.now
}

// decide looks at whether another number may do better.
func (p *plan) decide(u usage) {
	now, some := float64(p.now), p.now < p.most
	mayHelp := some && u.used > busy*now && u.idle > spare
	taken := some && u.used < little*now && u.waited > waits*now && u.idle < spare
	unused := u.used < roomy*(now-1)
	tooMany := p.now > 1 && p.hold == 0 && (unused || u.idle < 2*spare && u.used < now-tight)
	switch {
	case mayHelp && u.idle >= plenty:
		p.now = min(p.most, p.now+min(p.now, int(u.idle)))
	case p.crowded.lasts(crowdTime, taken):
		p.holdTime = min(max(2*p.holdTime, firstHold), maxTime)
		p.hold = p.holdTime
		p.now = p.most
	case p.helped && p.again && mayHelp:
		p.again = false
		p.now++
	case p.helps.lasts(p.growTime, mayHelp):
		p.try(p.now, p.now+1)
	case !p.tooMany.lasts(p.giveTime, tooMany):
	case unused:
		p.giveTime = firstGive
		p.now--
	default:
		p.try(p.now-1, p.now)
	}
}

// try compares two numbers, one of which is the present one.
func (p *plan) try(few, more int) {
	p.trial = &trial{few: few, more: more, wasMore: p.now == more, looks: trialTime}
	p.now = p.trial.number()
}

// learn remembers whether it helps to have more, and takes more time before what has not helped is tried again.
func (p *plan) learn(t *trial) {
	p.rested, p.helped = 0, p.now == t.more && t.answered != 0
	switch {
	case t.wasMore && p.now == t.more:
		p.giveTime = min(2*p.giveTime, maxTime)
	case t.wasMore:
		p.giveTime = firstGive
	case p.now == t.more:
		p.growTime = firstGrow
	default:
		p.growTime = min(4*p.growTime, maxTime)
	}
}

// trial compares two numbers of processors, look by look in turns: the speed of a machine that others use changes from second to
// second.
type trial struct {
	few, more int
	wasMore   bool    // in use before
	looks     int     // left
	answered  float64 // with more, less those with few times gain
}

// number returns the number for the present look.
func (t *trial) number() int {
	if t.looks%2 == 0 {
		return t.few
	}
	return t.more
}

// next returns the number of processors for another look, and after the last one the number that is better.
func (t *trial) next(answered float64) int {
	if t.number() == t.more {
		t.answered += answered
	} else {
		t.answered -= gain * answered
	}
	if t.looks--; t.looks > 0 {
		return t.number()
	}
	if t.answered < 0 {
		return t.few
	}
	return t.more // also if nothing was answered: other work may need it
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
