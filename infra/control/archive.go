// SPDX-License-Identifier: Apache-2.0

package control

import (
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

// CheckArchive returns a Refusal of kind ErrInvalid if a project's id is out of range.
func CheckArchive(d archive.Access) error {
	for _, p := range d.Projects {
		if p.ID < 1 || p.ID > kv.MaxProjectID {
			return kv.Refuse(kv.ErrInvalid, "a project id is from 1 to %d", kv.MaxProjectID)
		}
	}
	return nil
}

// LastID returns the largest id of the projects, 0 if there are none: new ids are larger. kv.MaxProjectID does not count,
// since no ids would be left.
func LastID(projects []access.Project) (last kv.ProjectID) {
	for _, p := range projects {
		if p.ID < kv.MaxProjectID {
			last = max(last, p.ID)
		}
	}
	return last
}

// StillDeleted is the Refusal for a project that cannot be restored yet.
func StillDeleted(id kv.ProjectID) error {
	return kv.Refuse(kv.ErrConflict, "the keys of project %d are still being deleted: try again in a minute", id)
}
