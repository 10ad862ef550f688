// SPDX-License-Identifier: Apache-2.0

package kv

import "time"

// ProjectID names a project. Ids are integers from 1 and are never used again after deletion.
type ProjectID int64

// MaxProjectID is the largest id: the largest integer that every JSON reader keeps exactly.
const MaxProjectID ProjectID = 1<<53 - 1

// Validate returns a Refusal of kind ErrInvalid if no project can have the id.
func (id ProjectID) Validate() error {
	if id < 1 || id > MaxProjectID {
		return Refuse(ErrInvalid, "must be the id of a project, an integer from 1 to %d", MaxProjectID)
	}
	return nil
}

// Project owns keys and the tokens that reach them.
type Project struct {
	ID        ProjectID
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
	ID ProjectID
	// Occupied are the ids of stored keys: a new id is none of them.
	Occupied []ProjectID
	// Unverified is set if there was no store to ask for occupied ids. The next enable checks.
	Unverified bool
}
