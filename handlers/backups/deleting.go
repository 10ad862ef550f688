// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"slices"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// deleting returns those projects of a backup that are being deleted. project is 0 for a backup of the whole service.
func (s *Manager) deleting(ctx context.Context, project kv.ProjectID) ([]kv.ProjectID, error) {
	all, err := s.control.Deletions(ctx)
	var ids []kv.ProjectID
	for _, d := range all {
		if project == 0 || project == d.Project {
			ids = append(ids, d.Project)
		}
	}
	return ids, err
}

// deletedSince adds the projects that were deleted after the backup began, and sorts the result.
func (s *Manager) deletedSince(ctx context.Context, deleting []kv.ProjectID, held []access.Project) ([]kv.ProjectID, error) {
	there, err := s.control.ListProjects(ctx)
	if err != nil {
		return nil, err
	}
	known := map[kv.ProjectID]bool{}
	for _, p := range there {
		known[p.ID] = true
	}
	for _, p := range held {
		if !known[p.ID] {
			deleting = append(deleting, p.ID)
		}
	}
	slices.Sort(deleting)
	return slices.Compact(deleting), nil
}
