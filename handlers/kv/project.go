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
	// Limits are of its own; the zero value is those of the server.
	Limits ProjectLimits
}

// ProjectChange is what an update of a project names; a nil field keeps what is stored.
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

// NewProject says how a project is to be created.
type NewProject struct {
	Name string
	// ID takes over the keys that the store already holds under it; 0 asks for a fresh id.
	ID ProjectID
	// Occupied are the ids that keys in the store already bear: a fresh id is none of them.
	Occupied []ProjectID
	// Unverified is set where no store could be asked which ids are occupied. The next enable asks.
	Unverified bool
}
