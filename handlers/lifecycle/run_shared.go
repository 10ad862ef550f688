// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// RunShared calls do for work that goes through all keys, or a whole backup, while the store still serves. Meanwhile no
// enable, update, purge or other shared work begins. Work that changes nothing is interrupted by a disable. It
// continues if ctx ends. Errors: ErrBusy; ErrUnavailable if it was interrupted; ErrOutcomeUnknown if ctx ends first;
// those of do.
func (s *Service) RunShared(ctx context.Context, a Action, do func(ctx context.Context) error) error {
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	j := &job{action: a, limit: longTime, shared: true, cancel: cancel, yields: a != Restore, done: make(chan struct{})}
	j.do = func(ctx context.Context, _ *job) error {
		err := do(ctx)
		if err != nil && ctx.Err() != nil {
			err = kv.Refuse(kv.ErrUnavailable, "%s was interrupted: the service is being turned off, or it took too long", a)
		}
		return err
	}
	_, err := s.submit(j, func() {
		s.shared.Go(func() {
			defer cancel()
			s.run(working, j)
		})
	})
	if err != nil {
		cancel()
		return err
	}
	return j.wait(ctx)
}
