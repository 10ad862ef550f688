// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"fmt"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
)

const (
	// minClockStep is more than a slewed wall clock deviates between two checks.
	minClockStep = 5 * time.Second
	// showStepTime is how long a warning of a step is shown.
	showStepTime = time.Hour
)

// clockSteps notices when the wall clock is set.
type clockSteps struct {
	clock archive.Clock

	mu    sync.Mutex
	began time.Time     // wall clock time when the monotonic clock was at 0
	by    time.Duration // size of the last step; 0: none
	at    time.Duration // when it was seen
	to    time.Time
}

// check compares the clocks.
func (c *clockSteps) check() {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, elapsed := c.clock.Wall(), c.clock.Elapsed()
	began := wall.Add(-elapsed)
	if by := began.Sub(c.began); !c.began.IsZero() && by.Abs() >= minClockStep {
		c.by, c.at, c.to = by, elapsed, wall
	}
	c.began = began
}

// warnings reports a recent step.
func (c *clockSteps) warnings() []engine.Warning {
	c.check()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == 0 || c.clock.Elapsed()-c.at >= showStepTime {
		return nil
	}
	how := "forward (or the machine slept)"
	if c.by < 0 {
		how = "back"
	}
	return []engine.Warning{engine.WarnClockStepped.With(fmt.Sprintf("the clock of this machine was set %s by %s, to %s: keys and tokens "+
		"expire by it; check that it is right and synchronized with NTP", how, c.by.Abs().Round(time.Second),
		c.to.UTC().Format(time.RFC3339)))}
}
