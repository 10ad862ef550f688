// SPDX-License-Identifier: Apache-2.0

package meter

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// maxProjects bounds the projects that are counted one by one: each takes about 20 KiB.
const maxProjects = 200

// projects are the requests of each project. The map is replaced, not changed.
type projects struct {
	series atomic.Pointer[map[int64]*series]
	adding sync.Mutex
	full   atomic.Int64 // the step in which no other project made room
}

// of returns the series of a project, nil if there is no room for it.
func (p *projects) of(id int64, now time.Time) *series {
	if s := (*p.series.Load())[id]; s != nil {
		return s
	}
	if p.full.Load() == fineStepOf(now) {
		return nil
	}
	return p.add(id, now)
}

func (p *projects) add(id int64, now time.Time) *series {
	p.adding.Lock()
	defer p.adding.Unlock()
	known := *p.series.Load()
	if s := known[id]; s != nil {
		return s
	}
	all := maps.Clone(known)
	if len(all) >= maxProjects && !dropIdle(all, now) {
		p.full.Store(fineStepOf(now))
		return nil
	}
	s := newSeries(now)
	all[id] = s
	p.series.Store(&all)
	return s
}

// dropIdle removes the project that was not used for longest, if that is more than an hour ago.
func dropIdle(all map[int64]*series, now time.Time) bool {
	oldest, found := fineStepOf(now)-int64(time.Hour/fineStep), false
	var idle int64
	for id, s := range all {
		if used := s.step.Load(); used < oldest {
			oldest, idle, found = used, id, true
		}
	}
	delete(all, idle)
	return found
}
