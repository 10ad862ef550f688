// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

var errEnded = kv.Refuse(kv.ErrUnavailable, "the server is stopping")

// submit makes j the current job and calls launch, which has it run, or returns the current job if j joins that.
// Errors: ErrBusy; ErrUnavailable if the process is ending.
func (s *Service) submit(j *job, launch func()) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch current := s.current; {
	case s.ended:
		return nil, errEnded
	case current == nil:
	case s.joins(j, current):
		return current, nil
	case j.displaces(current):
		current.cancel()
	default:
		return nil, kv.Refuse(kv.ErrBusy, "%s is under way; the status shows when it is over", current.action)
	}
	s.current = j
	launch()
	return j, nil
}

// joins reports whether j asks for what the current job does.
func (s *Service) joins(j, current *job) bool {
	if j.action == starting { // the current job decides how the service will be
		return true
	}
	if j.action != enabling || current.action != enabling && current.action != starting {
		return false
	}
	stored := s.state.Load().settings
	return s.with(stored, j.change).Same(s.with(stored, current.change))
}

// await has Run do the job, or joins the current one, and waits for the end of that or of ctx.
func (s *Service) await(ctx context.Context, j *job) error {
	current, err := s.submit(j, func() { s.jobs <- j }) // has room: only the current job is ever in it
	if err != nil {
		return err
	}
	return current.wait(ctx)
}

// run does the job, shows its progress and ends it.
func (s *Service) run(ctx context.Context, j *job) {
	end := s.progress.begin(j.action)
	err := s.attempt(ctx, j)
	failure := ""
	if err != nil {
		failure = explain(err, s.state.Load().settings.With(j.change))
	}
	end(failure)
	s.mu.Lock()
	if s.current == j { // else another job has displaced it
		s.current = nil
	}
	s.mu.Unlock()
	j.finish(err)
}

// attempt does the job within its limit, and keeps for the status how it ended. A panic becomes an error.
func (s *Service) attempt(ctx context.Context, j *job) error {
	ctx, cancel := context.WithTimeout(ctx, j.limit)
	defer cancel()
	err := s.recovered(j.action, func() error { return j.do(ctx, j) })
	if !j.shared && (err == nil || j.begun) {
		s.recordResult(j, err)
	}
	return err
}

// recovered returns what do returns. A panic becomes an error.
func (s *Service) recovered(a Action, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic", "job", a, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%s: panic: %v", a, p)
		}
	}()
	return do()
}

// start reads the settings and brings up what they say was enabled. It gives way to a job that waits.
func (s *Service) start(ctx context.Context) {
	// The settings are read before there is a start to join: until then it is not known whether the service is on.
	read := s.newJob(starting, engine.Change{}, func(context.Context, *job) error { return nil })
	if !s.state.Load().loaded {
		s.run(ctx, read)
	} else if s.stale.Load() {
		_ = s.attempt(ctx, read) // perhaps next to a shared job, whose progress is shown
	}
	if st := s.state.Load(); !st.loaded || !st.down() {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j := s.newJob(starting, engine.Change{}, s.startEngine)
	j.cancel, j.yields = cancel, true
	if current, err := s.submit(j, func() {}); err == nil && current == j {
		s.run(ctx, j)
	}
}
