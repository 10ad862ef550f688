// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
)

// stableTime is how long an engine has to be up for its next loss to count as the first: then it is brought back at
// once, and before that after pauses that grow.
const stableTime = time.Minute

// loss reports that the engine was lost or changed while this lease was in use.
type loss struct {
	lease *Lease
	err   error
}

// startWatch watches the engine of a store that comes into use, if that may fail by itself. What it finds, Run takes.
func (s *Service) startWatch(ctx context.Context, lease *Lease, name engine.Name) *background {
	watcher := s.engines[name].Watcher
	if watcher == nil {
		return nil
	}
	return inBackground(ctx, func(ctx context.Context) {
		err := s.recovered("watch", func() error { return watcher.Watch(ctx) })
		if err == nil {
			return
		}
		select {
		case s.losses <- loss{lease, err}:
		case <-ctx.Done():
		}
	})
}

// handleLoss notes that the engine has to be brought up again. Its store stays in use meanwhile, for calls that it can
// still serve.
func (s *Service) handleLoss(l loss) {
	st := s.state.Load()
	if st.lease == nil || st.lease.Store != l.lease.Store {
		return
	}
	text := explain(l.err, st.settings)
	s.change(func(st *state) { st.conditions.set(degraded, text) })
	s.log.Warn("the engine is brought up again", "trouble", text)
}
