// SPDX-License-Identifier: Apache-2.0

package access

import (
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Project owns keys and the tokens that reach them.
type Project struct {
	ID        kv.ProjectID
	Name      string
	CreatedAt time.Time
	// Limits are the limits of this project; the zero value means those of the server.
	Limits ProjectLimits
}

// ProjectChange is an update of a project; a nil field stays unchanged.
type ProjectChange struct {
	Name                           *string
	RequestsPerSecond, Keys, Bytes *Limit
}

// With returns the project after the change.
func (p Project) With(c ProjectChange) Project {
	set(&p.Name, c.Name)
	set(&p.Limits.RequestsPerSecond, c.RequestsPerSecond)
	set(&p.Limits.Keys, c.Keys)
	set(&p.Limits.Bytes, c.Bytes)
	return p
}

// NewProject describes a project to create.
type NewProject struct {
	Name string
	// ID takes over the keys already stored under it; 0 asks for a new id.
	ID kv.ProjectID
	// Occupied are the ids of stored keys: a new id is none of them.
	Occupied []kv.ProjectID
	// Limits are the limits of the project; the zero value means those of the server.
	Limits ProjectLimits
	// Unverified is set if there was no store to ask for occupied ids. The next enable checks.
	Unverified bool
}
