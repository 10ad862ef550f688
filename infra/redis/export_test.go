// SPDX-License-Identifier: Apache-2.0

package redis

import "time"

// WithClocks returns c with the readings of the wall clock and of the monotonic clock that stale connections are found by.
func WithClocks(c Config, read func() (wall, monotonic time.Duration)) Config {
	c.clocks = func() clocks {
		wall, monotonic := read()
		return clocks{wall, monotonic}
	}
	return c
}

// WithCheckTime returns c with another bound for the check of a connection that may be lost.
func WithCheckTime(c Config, d time.Duration) Config {
	c.checkTime = d
	return c
}

// Queued returns how many commands for the first server are under way, and how many wait.
func (s *Store) Queued() (underWay, waiting int) {
	q := s.queues.first.Load()
	if q == nil {
		return 0, 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pending - len(q.waiting), len(q.waiting)
}
