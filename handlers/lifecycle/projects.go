// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// ProjectIDs returns the ids of the projects that have keys in the store. Errors: those of Acquire and of the store.
func (s *Service) ProjectIDs(ctx context.Context) ([]kv.ProjectID, error) {
	lease, err := s.Acquire()
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	return lease.ProjectIDs(ctx)
}

// CreateProject calls create with n completed: Occupied are the ids of the projects that have keys in the store,
// Unverified is set if there is no store. No store comes into use meanwhile, so that every id is checked against the
// keys. Errors: those of the store and of create.
func (s *Service) CreateProject(ctx context.Context, n access.NewProject,
	create func(context.Context, access.NewProject) (access.Project, error)) (access.Project, error) {
	hold, err := s.hold(ctx)
	switch {
	case err != nil:
		return access.Project{}, err
	case hold != nil && hold.Running && hold.Access:
		return access.Project{}, kv.Refuse(kv.ErrBusy, "a restore brings projects back, with their ids: try again when it is over")
	case n.ID != 0: // keys that are there are to be taken over
		return create(ctx, n)
	}
	if err := s.lockProjects(ctx); err != nil {
		return access.Project{}, err
	}
	defer s.unlockProjects()
	lease, err := s.Acquire()
	if err != nil {
		if err := s.enabledElsewhere(ctx); err != nil {
			return access.Project{}, err
		}
		n.Unverified = true
		return create(ctx, n)
	}
	defer lease.Release()
	if n.Occupied, err = lease.ProjectIDs(ctx); err != nil {
		return access.Project{}, err
	}
	return create(ctx, n)
}

// verifyProjects checks that no project that was created without a store has the id of keys of another project.
func (s *Service) verifyProjects(ctx context.Context, store kv.Store) error {
	unverified, err := s.control.Unverified(ctx)
	if err != nil || len(unverified) == 0 {
		return err
	}
	occupied, err := store.ProjectIDs(ctx)
	if err != nil {
		return err
	}
	var taken []string
	for _, id := range unverified {
		if slices.Contains(occupied, id) {
			taken = append(taken, fmt.Sprint(id))
		}
	}
	if len(taken) > 0 {
		return kv.Refuse(kv.ErrConflict, "the store already holds keys under the id of project %s, which was created "+
			"before the store could be asked: delete that project, which leaves those keys alone (a project that is "+
			"to take keys over is created with their id from the first)", strings.Join(taken, ", "))
	}
	return s.control.Verify(ctx, unverified)
}

// DeleteProject calls remove, unless the keys of the project are being replaced just then. What waits to be replaced may
// be deleted. Errors: ErrBusy; those of remove.
func (s *Service) DeleteProject(ctx context.Context, id kv.ProjectID, remove func(context.Context, kv.ProjectID) error) error {
	hold, err := s.hold(ctx)
	switch {
	case err != nil:
		return err
	case hold != nil && hold.Running && (hold.Access || hold.Covers(id)):
		return kv.Refuse(kv.ErrBusy, "a restore is under way: try again when it is over")
	}
	if err := remove(ctx, id); err != nil {
		return err
	}
	s.Wake()
	return nil
}

func (s *Service) lockProjects(ctx context.Context) error {
	select {
	case s.projects <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for an enable or another new project: %w", kv.ErrTimeout)
	}
}

func (s *Service) unlockProjects() { <-s.projects }
