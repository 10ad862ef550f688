// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// jobTime bounds one job, or the sweep of one project. Pulling an image over a slow line is the longest.
const jobTime = 15 * time.Minute

var errEnded = kv.Refuse(kv.ErrUnavailable, "the server is stopping")

const (
	starting  Action = "start" // what was enabled before, by Run itself
	enabling  Action = "enable"
	updating  Action = "update"
	disabling Action = "disable"
	purging   Action = "purge"
	accepting Action = "accept-empty"
)

// job is one piece of work on the engine. It does not depend on the request that asked for it.
type job struct {
	action Action
	change kv.Change
	do     func(ctx context.Context, j *job) error
	// begun is set by do where the checks of a request are over: a failure from there on is a trouble of
	// the service and not only of the caller.
	begun bool
	// limit bounds it; 0 means jobTime.
	limit time.Duration
	// interrupt makes it end early where the service is to be disabled; it is nil for what has to come to its end.
	interrupt context.CancelFunc
	// cancel makes it end early where the process ends; it is nil for what Run does, whose context ends.
	cancel context.CancelFunc
	done   chan struct{}
	err    error // once done is closed
}

func newJob(a Action, c kv.Change, do func(ctx context.Context, j *job) error) *job {
	return &job{action: a, change: c, do: do, begun: a == starting, done: make(chan struct{})}
}

// moves reports whether the job leads the service to another Redis.
func (j *job) moves() bool { return j.action == updating && j.change.RedisURL != nil }

func (j *job) finish(err error) {
	j.err = err
	close(j.done)
}

// await has Run do the job, or joins one that is the same, and waits for its end or that of ctx.
func (s *Service) await(ctx context.Context, j *job) error {
	j, err := s.submit(j)
	if err != nil {
		return err
	}
	return wait(ctx, j)
}

// wait waits for the end of the job or that of ctx.
func wait(ctx context.Context, j *job) error {
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return kv.Refuse(kv.ErrOutcomeUnknown, "%s goes on; the status tells how it ends", j.action)
	}
}

// submit hands the job to Run and returns it, or the one under way that the request joins. Errors: ErrBusy.
func (s *Service) submit(j *job) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch current := s.current; {
	case s.ended:
		return nil, errEnded
	case current == nil:
	case s.joins(j, current):
		return current, nil
	case current.interrupt != nil && (j.action == disabling || j.mendsStart() && current.action == starting):
		current.interrupt() // what may never succeed, or takes long, must not keep the service from being turned off or mended
	default:
		return nil, busy(current)
	}
	s.current = j
	s.jobs <- j // has room: only the current job is ever in it
	return j, nil
}

// mendsStart reports whether the job may bring about what a start fails for want of: another Redis, or other data.
func (j *job) mendsStart() bool { return j.moves() || j.action == Restore }

func busy(j *job) error {
	return kv.Refuse(kv.ErrBusy, "%s is under way; the status tells when it is over", j.action)
}

// joins tells whether j asks for what the current job is bringing about.
func (s *Service) joins(j, current *job) bool {
	if j.action == starting { // whatever is under way decides how the service will be
		return true
	}
	if j.action != enabling || current.action != enabling && current.action != starting {
		return false
	}
	stored := s.state.Load().settings
	return stored.With(j.change).Same(stored.With(current.change))
}

// start reads the settings and brings up what they say was enabled. It gives way to a job that waits.
func (s *Service) start(ctx context.Context) {
	if j := newJob(starting, kv.Change{}, func(context.Context, *job) error { return nil }); !s.state.Load().loaded {
		// Nobody can join this: whether the service is on is not known before.
		s.perform(ctx, j)
	} else if s.stale.Load() { // perhaps next to a job of others, whose progress is theirs
		limited, cancel := context.WithTimeout(ctx, jobTime)
		s.note(j, s.guard(limited, j))
		cancel()
	}
	if st := s.state.Load(); !st.loaded || !st.down() {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j := newJob(starting, kv.Change{}, s.startEngine)
	j.interrupt = cancel
	s.mu.Lock()
	free := s.current == nil
	if free {
		s.current = j
	}
	s.mu.Unlock()
	if free {
		s.perform(ctx, j)
	}
}

// perform does the job and tells those who wait for it.
func (s *Service) perform(ctx context.Context, j *job) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(j.limit, jobTime))
	defer cancel()
	s.progress.begin(j.action)
	err := s.guard(ctx, j)
	s.tellEnd(err, j)
	if err == nil || j.begun {
		s.note(j, err)
	}
	s.release(j, err)
}

// release ends the job, and tells those who wait for it.
func (s *Service) release(j *job, err error) {
	s.mu.Lock()
	if s.current == j { // else a job that came since waits already
		s.current = nil
	}
	s.mu.Unlock()
	j.finish(err)
}

// tellEnd tells those who follow the progress how the job ended.
func (s *Service) tellEnd(err error, j *job) {
	trouble := ""
	if err != nil {
		trouble = explain(err, s.state.Load().settings.With(j.change))
	}
	s.progress.end(trouble)
}

// Progress returns what the current job does, or how the last one ended, and what is closed once there is another event.
func (s *Service) Progress() (Event, <-chan struct{}) { return s.progress.Latest() }

// guard reads the settings if that is still to be done, and does the job. A panic becomes an error.
func (s *Service) guard(ctx context.Context, j *job) error {
	return s.recovered(j.action, func() error {
		if err := s.load(ctx); err != nil {
			return err
		}
		return j.do(ctx, j)
	})
}

// recovered returns what do does. A panic becomes an error.
func (s *Service) recovered(a Action, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic", "job", a, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%s: panic: %v", a, p)
		}
	}()
	return do()
}
