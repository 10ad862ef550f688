// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/kv"
)

// noInput is the input of an operation without parameters and body.
type noInput struct{}

func (*noInput) decoding() *decoder { return nil }
func (*noInput) check(*findings)    {}

// idParam is a project's id in a path. It is read as text, so that a wrong one is refused in its turn.
type idParam string

// Schema says that it is an integer.
func (idParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "integer", Format: "int64", Minimum: new(1.0), Maximum: new(float64(kv.MaxProjectID))}
}

// ProjectInput is a part of the input of operations on one project. It is exported because huma passes over embedded
// types that are not.
type ProjectInput struct {
	ID      idParam `path:"id" example:"1" doc:"The project."`
	project kv.ProjectID
}

func (in *ProjectInput) decoding() *decoder { return nil }

func (in *ProjectInput) check(f *findings) {
	n, err := strconv.ParseInt(string(in.ID), 10, 64)
	if err != nil || n < 1 || n > int64(kv.MaxProjectID) {
		f.add("path.id", "must be the id of a project, an integer from 1 to "+strconv.FormatInt(int64(kv.MaxProjectID), 10))
	}
	in.project = kv.ProjectID(n)
}

// limitParam is a page size in a query, read as text likewise.
type limitParam string

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// Schema says that it is an integer.
func (limitParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "integer", Minimum: new(1.0), Maximum: new(float64(maxLimit)), Default: defaultLimit}
}
