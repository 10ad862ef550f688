// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"errors"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// slots is a set of exports whose clock the test sets.
type slots struct {
	t *testing.T
	exportSlots
	now time.Time
}

// begin begins an export, or demands that there is no room for it.
func (s *slots) begin(project kv.ProjectID, want bool) *exportSlot {
	s.t.Helper()
	slot, err := s.take(project, s.now)
	if (err == nil) != want || err != nil && !errors.Is(err, kv.ErrUnavailable) {
		s.t.Fatalf("project %d: got %v", project, err)
	}
	return slot
}

// ended demands that an export had to make room, or not.
func (s *slots) ended(name string, e *exportSlot, want bool) {
	s.t.Helper()
	got := false
	select {
	case <-e.ended:
		got = true
	default:
	}
	if got != want {
		s.t.Errorf("%s: ended %v, want %v", name, got, want)
	}
}

// Where all slots are taken, the slowest export makes room for another project's if it is slow, and has had its time.
func TestSlowExportsMakeRoom(t *testing.T) {
	t.Parallel()
	s := &slots{t: t, now: time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)}
	fast, slow, slower, other := s.begin(1, true), s.begin(1, true), s.begin(2, true), s.begin(3, true)
	s.begin(1, false) // its project has two
	s.begin(4, false) // nobody has had their time yet
	for range 10 {
		s.now = s.now.Add(time.Second)
		fast.note(4<<20, s.now)
		slow.note(64<<10, s.now)
		slower.note(1<<10, s.now)
		other.note(1<<20, s.now)
	}
	s.begin(1, false)
	first := s.begin(4, true)
	s.ended("the slowest", slower, true)
	s.ended("a faster one", slow, false)
	s.leave(slower) // as its stream does when it has ended
	second := s.begin(5, true)
	s.ended("the next", slow, true)
	s.begin(6, false) // the others are fast, or have just begun
	for name, e := range map[string]*exportSlot{"fast": fast, "steady": other, "first": first, "second": second} {
		s.ended(name, e, false)
	}
}

// An export makes no room for another one of the same project.
func TestExportsMakeRoomForOthersAlone(t *testing.T) {
	t.Parallel()
	s := &slots{t: t, now: time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)}
	own := s.begin(1, true)
	var fast []*exportSlot
	for p := range kv.ProjectID(3) {
		fast = append(fast, s.begin(p+2, true))
	}
	for range 10 {
		s.now = s.now.Add(time.Second)
		for _, e := range fast {
			e.note(1<<20, s.now)
		}
	}
	s.begin(1, false)
	s.ended("its own", own, false)
	s.begin(5, true)
	s.ended("its own, for another", own, true)
	s.leave(own)
	s.leave(fast[0])
	s.begin(5, true)
}
