// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"errors"
	"regexp"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// noInput is the input of an operation without parameters and body.
type noInput struct{}

// idParam is a project's id in a path. It is read as text, so that a wrong one is refused in the order of the contract.
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

func (in *ProjectInput) check(f *body.Violations) {
	n, _ := strconv.ParseInt(string(in.ID), 10, 64)
	in.project = kv.ProjectID(n)
	id := in.project
	if strconv.FormatInt(n, 10) != string(in.ID) { // no number, or not as it is usually written
		id = 0
	}
	if refusal, bad := errors.AsType[*kv.Refusal](id.Validate()); bad {
		f.Add("path.id", refusal.Detail)
	}
}

func (in *ProjectInput) target() string {
	in.check(new(body.Violations))
	return projectTarget(in.project)
}

// targeted is the input of calls on something that has an id, which the audit log names even where they are refused.
type targeted interface{ target() string }

// credentialID is the id of a token or API key in a path. A caller that sends the token itself gets an error before it
// comes into a log.
type credentialID string

var credentialIDForm = regexp.MustCompile(`^[0-9a-z-]{1,32}$`)

// Schema is what the document shows.
func (credentialID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: credentialIDForm.String()}
}

// loggable returns the id, or nothing for what may be a token.
func (id credentialID) loggable() string {
	if !credentialIDForm.MatchString(string(id)) {
		return ""
	}
	return string(id)
}

func (id credentialID) check(f *body.Violations, location string) {
	if !credentialIDForm.MatchString(string(id)) {
		f.Add(location, "must be the id that the list shows, not the token")
	}
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

// flagParam is a switch in a query, read as text likewise.
type flagParam string

const flagSet flagParam = "true"

// Schema says that it is a boolean.
func (flagParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "boolean", Default: false}
}

func (p flagParam) check(f *body.Violations, location string) {
	if p != "" && p != "false" && p != flagSet {
		f.Add(location, "must be true or false")
	}
}
