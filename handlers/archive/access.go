// SPDX-License-Identifier: Apache-2.0

package archive

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
)

// Access are projects and credentials in a backup.
type Access struct {
	Projects    []access.Project
	Credentials []Credential
}

// Credential is a credential as it is stored. The token cannot be derived from it.
type Credential struct {
	access.Credential
	Hash access.TokenHash
	// Unchecked says that the token has the length of generated tokens but no checksum: an administrator chose it.
	Unchecked bool
}

// Control is the part of the control data that is backed up.
type Control interface {
	// ExportAccess returns all projects and credentials as of one moment.
	ExportAccess(ctx context.Context) (Access, error)
	// ImportAccess adds or replaces the projects and credentials in d, all or none of them: missing ones are added with
	// their ids, deleted projects come back, and existing projects get the name and limits in d. Everything else stays
	// unchanged. Errors: kv.ErrConflict if the keys of a project in d are still being deleted.
	ImportAccess(ctx context.Context, d Access) error
}
