// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
)

// warningTime is how often the warnings are gathered for the log.
const warningTime = 10 * time.Second

// warnings returns what is known to be wrong, each once: with the engine, what blocks calls, what the probe found, and
// what the sources of the configuration return.
func (s *Service) warnings(ctx context.Context, status engine.Status, problem string) []engine.Warning {
	var all []engine.Warning
	shown := func(w engine.Warning) bool { return w.Detail == problem }
	if problem != "" && !slices.ContainsFunc(status.Server.Warnings, shown) {
		all = append(all, engine.WarnEngine.With(problem))
	}
	for _, b := range *s.blocks.Load() {
		detail := b.Detail
		if b.Project != 0 {
			detail = fmt.Sprintf("project %d: %s", b.Project, b.Detail)
		}
		all = append(all, b.Code.With(detail))
	}
	all = append(all, s.ownershipWarnings()...)
	if hold, err := s.hold(ctx); err == nil && hold != nil && (hold.All || len(hold.Projects) > 0) {
		all = append(all, hold.warning())
	}
	all = append(all, status.Server.Warnings...)
	for _, source := range s.sources {
		all = append(all, source(ctx)...)
	}
	unique := all[:0]
	for _, w := range all {
		if !slices.Contains(unique, w) {
			unique = append(unique, w)
		}
	}
	return unique
}

// logWarnings logs each warning when it appears and when it goes, until ctx ends.
func (s *Service) logWarnings(ctx context.Context) {
	tick := time.NewTicker(warningTime)
	defer tick.Stop()
	known := map[engine.WarningCode]string{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_ = s.recovered("warnings", func() error {
			s.logChanges(known, s.Status(ctx).Warnings)
			return nil
		})
	}
}

// logChanges logs what differs from known by code, and brings known up to date. What a warning says may change from look
// to look, such as an age.
func (s *Service) logChanges(known map[engine.WarningCode]string, now []engine.Warning) {
	present := map[engine.WarningCode]bool{}
	for _, w := range now {
		if _, logged := known[w.Code]; !logged && w.Code != engine.WarnEngine { // which is logged where it is found
			s.log.Warn(w.Detail, "warning", w.Code)
		}
		present[w.Code], known[w.Code] = true, w.Detail
	}
	for code, detail := range known {
		if !present[code] {
			delete(known, code)
			s.log.Info("no more: "+detail, "warning", code)
		}
	}
}
