// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"fmt"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// leastStep is what a wall clock that is only slewed does not differ by from one look to the next.
	leastStep = 5 * time.Second
	// stepTime is how long a step is shown.
	stepTime = time.Hour
)

// steps notices when the wall clock is set.
type steps struct {
	clock kv.Clock

	mu    sync.Mutex
	began time.Time     // by the wall clock, when the other one was at 0
	by    time.Duration // of the last step; 0: none was seen
	at    time.Duration // when that was
	to    time.Time
}

// look compares the clocks.
func (s *steps) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	wall, elapsed := s.clock.Wall(), s.clock.Elapsed()
	began := wall.Add(-elapsed)
	if by := began.Sub(s.began); !s.began.IsZero() && by.Abs() >= leastStep {
		s.by, s.at, s.to = by, elapsed, wall
	}
	s.began = began
}

// warnings tells of a step for a while.
func (s *steps) warnings() []kv.Warning {
	s.look()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == 0 || s.clock.Elapsed()-s.at >= stepTime {
		return nil
	}
	how := "forward (or the machine slept)"
	if s.by < 0 {
		how = "back"
	}
	return []kv.Warning{kv.WarnClockStepped.With(fmt.Sprintf("the clock of this machine was set %s by %s, to %s: keys and tokens "+
		"expire by it; see that it is right, and is kept so by an NTP service", how, s.by.Abs().Round(time.Second),
		s.to.UTC().Format(time.RFC3339)))}
}
