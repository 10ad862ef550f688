// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"slices"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Block refuses the data calls of a project, or of all where Project is 0, while the store is open. The status shows it
// as a warning; a block of all makes it unhealthy.
type Block struct {
	Project kv.ProjectID
	Code    engine.WarningCode
	// Detail says why, and what to do or wait for, in a sentence. Callers see it: it holds no secrets.
	Detail string
}

// Block refuses calls from now on, in place of an earlier block of the same code and project. Calls that have the store
// already go on.
func (s *Service) Block(b Block) {
	s.changeBlocks(func(blocks []Block) []Block { return append(blocks, b) }, b.Code, b.Project)
}

// Unblock ends the block of that code and project, if there is one.
func (s *Service) Unblock(code engine.WarningCode, p kv.ProjectID) {
	s.changeBlocks(func(blocks []Block) []Block { return blocks }, code, p)
}

// changeBlocks replaces the blocks by what f makes of those but that of the code and project.
func (s *Service) changeBlocks(f func([]Block) []Block, code engine.WarningCode, p kv.ProjectID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	others := slices.DeleteFunc(slices.Clone(*s.blocks.Load()), func(b Block) bool {
		return b.Code == code && b.Project == p
	})
	next := f(others)
	s.blocks.Store(&next)
}

// AcquireFor is Acquire for a data call of the project; 0 asks for what concerns every project. Errors, in addition to those
// of Acquire: a Refusal of kind ErrUnavailable that says why the project, or every project, is refused; ErrUnavailable if
// that is not known.
func (s *Service) AcquireFor(ctx context.Context, p kv.ProjectID) (*Lease, error) {
	lease, err := s.Acquire()
	if err != nil {
		return nil, err
	}
	// Only now: a caller that blocks a project waits for those that have the store by then.
	if err := s.blocked(ctx, p); err != nil {
		lease.Release()
		return nil, err
	}
	return lease, nil
}
