// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Hold describes projects whose keys are being replaced, as the control data say: every server refuses their data calls.
type Hold struct {
	// Projects are those, in ascending order; All means every project.
	Projects []kv.ProjectID
	All      bool
	// Running reports whether a server is replacing the keys now: else they wait for one.
	Running bool
	// Access reports whether projects and tokens are going to be replaced too: no project is created meanwhile.
	Access bool
	Code   engine.WarningCode
	// Detail says to callers why they are refused, Warning says more to operators.
	Detail, Warning string
}

// Covers reports whether the calls of a project are refused; 0 asks for every project.
func (h *Hold) Covers(p kv.ProjectID) bool {
	if h == nil {
		return false
	}
	_, found := slices.BinarySearch(h.Projects, p)
	return h.All || found
}

// refuseCalls returns the error of a data call that a Block or a Hold refuses.
func refuseCalls(detail string) error {
	return &kv.Refusal{Kind: kv.ErrUnavailable, Detail: detail, Shown: true}
}

// blocked returns the reason why calls of the project are refused, nil if they are not. Errors: a Refusal of kind
// ErrUnavailable, whose detail is for callers; ErrUnavailable if it is not known.
func (s *Service) blocked(ctx context.Context, p kv.ProjectID) error {
	for _, b := range *s.blocks.Load() {
		if b.Project == 0 || b.Project == p {
			return refuseCalls(b.Detail)
		}
	}
	hold, err := s.hold(ctx)
	if err == nil && hold.Covers(p) {
		err = refuseCalls(hold.Detail)
	}
	return err
}

// maxNamed bounds how many projects a warning names.
const maxNamed = 10

// warning names the projects that are held.
func (h *Hold) warning() engine.Warning {
	var names []string
	for _, p := range h.Projects[:min(len(h.Projects), maxNamed)] {
		names = append(names, fmt.Sprint(p))
	}
	who := "project " + strings.Join(names, ", ")
	switch more := len(h.Projects) - len(names); {
	case h.All:
		who = "every project"
	case more > 0:
		who += fmt.Sprintf(" and %d more", more)
	}
	return h.Code.With(who + ": " + h.Warning)
}

// holdTime is how often a sweep checks whether its project is held: servers wait for longer than this before they replace
// keys.
const holdTime = time.Second

var errHeld = errors.New("the keys of the project are being replaced")

// unlessHeld calls f for work on the keys of a project, and interrupts it when the project becomes held.
// Errors: errHeld; those of f.
func (s *Service) unlessHeld(ctx context.Context, p kv.ProjectID, f func(ctx context.Context) error) error {
	held := func(ctx context.Context) bool {
		hold, err := s.hold(ctx)
		return err != nil || hold.Covers(p)
	}
	if held(ctx) {
		return errHeld
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := inBackground(ctx, func(watching context.Context) {
		tick := time.NewTicker(holdTime)
		defer tick.Stop()
		for !held(watching) {
			select {
			case <-watching.Done():
				return
			case <-tick.C:
			}
		}
		cancel(errHeld)
	})
	defer watch.stop()
	err := f(ctx)
	if errors.Is(context.Cause(ctx), errHeld) {
		return errHeld
	}
	return err
}
