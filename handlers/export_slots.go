// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"math"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// maxExports bounds the exports under way, each of which goes through all keys, and maxProjectExports those of one
	// project, so that it leaves room for others.
	maxExports        = 4
	maxProjectExports = 2
	// slowExport is the rate in bytes a second below which an export makes room for another that finds none, after
	// slowExportTime.
	slowExport     = 128 << 10
	slowExportTime = 5 * time.Second
)

// exportSlots are the exports under way.
type exportSlots struct {
	mu      sync.Mutex
	running map[*exportSlot]struct{}
}

// exportSlot is one export.
type exportSlot struct {
	project kv.ProjectID
	began   time.Time
	ended   chan struct{} // closed when it has to make room

	mu    sync.Mutex
	bytes float64 // sent, of which half is forgotten every exportMemory
	at    time.Time
}

// exportMemory is the time in which an export forgets half of what it has sent.
const exportMemory = 5 * time.Second

// take returns a slot for the project. If there is none, the slowest export of another has to end, if it is slow. Errors:
// ErrUnavailable.
func (x *exportSlots) take(project kv.ProjectID, now time.Time) (*exportSlot, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	own := 0
	var slowest *exportSlot
	rate := float64(slowExport)
	for s := range x.running {
		if s.project == project {
			own++
		} else if r := s.rate(now); r < rate && now.Sub(s.began) >= slowExportTime {
			slowest, rate = s, r
		}
	}
	switch {
	case own >= maxProjectExports:
		return nil, busyExports("%d exports of this project are under way: try again when one is over", own)
	case len(x.running) < maxExports:
	case slowest == nil:
		return nil, busyExports("%d exports are under way: try again when one is over", len(x.running))
	default:
		close(slowest.ended)
		delete(x.running, slowest)
	}
	s := &exportSlot{project: project, began: now, at: now, ended: make(chan struct{})}
	if x.running == nil {
		x.running = map[*exportSlot]struct{}{}
	}
	x.running[s] = struct{}{}
	return s, nil
}

func busyExports(format string, n int) error {
	refusal := kv.Refuse(kv.ErrUnavailable, format, n).(*kv.Refusal)
	refusal.Shown = true
	return refusal
}

// leave gives a slot back, also one that had to make room.
func (x *exportSlots) leave(s *exportSlot) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.running, s)
}

// note notes that its reader took n bytes.
func (s *exportSlot) note(n int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes, s.at = s.bytes*forgotten(now.Sub(s.at))+float64(n), now
}

// rate returns how many bytes a second its reader took of late.
func (s *exportSlot) rate(now time.Time) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes * forgotten(now.Sub(s.at)) * math.Ln2 / exportMemory.Seconds()
}

// forgotten returns the part of what was sent that still counts after the time d.
func forgotten(d time.Duration) float64 { return math.Exp2(-d.Seconds() / exportMemory.Seconds()) }
