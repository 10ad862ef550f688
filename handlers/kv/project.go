// SPDX-License-Identifier: Apache-2.0

package kv

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
