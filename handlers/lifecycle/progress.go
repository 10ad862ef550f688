// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"sync"

	"github.com/tempskv/tempskv/handlers/engine"
)

// Event is what the current job does, or how the last one ended.
type Event struct {
	Action  string // enable, update, disable, start, purge, backup, verify or restore; empty if there was no job yet
	Step    string // in words, empty at the beginning
	Percent int    // of the step, where that is known; else 0
	Done    bool   // the job has ended
	Error   string // what it failed in, fit to be shown
}

// Progress holds what the current job does. NewProgress makes one.
type Progress struct {
	mu      sync.Mutex
	latest  Event
	jobs    int           // that have begun
	changed chan struct{} // closed where there is something later
}

// NewProgress returns a Progress without a job.
func NewProgress() *Progress { return &Progress{changed: make(chan struct{})} }

// Latest returns the last event, and a channel that is closed at the next one. Events in between are not kept.
func (p *Progress) Latest() (Event, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.changed
}

// Step records what the current job does now. Engines call it.
func (p *Progress) Step(s engine.Step) {
	p.change(func(e *Event) { e.Step, e.Percent = s.Name, s.Percent })
}

// begin shows a new job. The func that it returns shows how that ended, unless another one has begun since: failure is
// empty if it did not fail.
func (p *Progress) begin(a Action) (end func(failure string)) {
	var job int
	p.change(func(e *Event) {
		p.jobs++
		job, *e = p.jobs, Event{Action: string(a)}
	})
	return func(failure string) {
		p.change(func(e *Event) {
			if p.jobs == job {
				e.Done, e.Error = true, failure
			}
		})
	}
}

// Progress returns what the current job does, or how the last one ended, and a channel that is closed at the next event.
func (s *Service) Progress() (Event, <-chan struct{}) { return s.progress.Latest() }

func (p *Progress) change(f func(e *Event)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.latest)
	close(p.changed)
	p.changed = make(chan struct{})
}
