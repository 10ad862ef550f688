// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type projectLimitsBody struct {
	RequestsPerSecond access.Limit `json:"requests_per_second" minimum:"-1" maximum:"1000000" example:"0" doc:"Data operations of the project; 0 for the server's own limit, -1 for none."`
	Keys              access.Limit `json:"keys" minimum:"-1" maximum:"9007199254740991" example:"0" doc:"Keys that the project may hold; 0 for the server's own limit, -1 for none."`
	Bytes             access.Limit `json:"bytes" minimum:"-1" maximum:"9007199254740991" example:"0" doc:"Bytes of keys and values that it may hold, each key counting 64 more; 0 for the server's own limit, -1 for none."`
}

func newProjectLimitsBody(l access.ProjectLimits) projectLimitsBody {
	return projectLimitsBody{l.RequestsPerSecond, l.Keys, l.Bytes}
}

type projectUpdateRequest struct {
	Name   *string               `json:"name,omitempty" minLength:"1" maxLength:"200" example:"shop" doc:"For people; need not be unique."`
	Limits *projectLimitsRequest `json:"limits,omitempty"`
}

type projectLimitsRequest struct {
	RequestsPerSecond *access.Limit `json:"requests_per_second,omitempty" minimum:"-1" maximum:"1000000" example:"100" doc:"Data operations of the project, as many at once; 0 for the server's own limit, -1 for none."`
	Keys              *access.Limit `json:"keys,omitempty" minimum:"-1" maximum:"9007199254740991" example:"10000" doc:"Keys that the project may hold; 0 for the server's own limit, -1 for none."`
	Bytes             *access.Limit `json:"bytes,omitempty" minimum:"-1" maximum:"9007199254740991" example:"104857600" doc:"Bytes of keys and values that it may hold, each key counting 64 more; 0 for the server's own limit, -1 for none."`
}

type updateProjectInput struct {
	ProjectInput
	Body projectUpdateRequest
}

func registerUpdateProject(a *API) {
	register(a, operation{
		id: "updateProject", method: http.MethodPatch, path: "/api/projects/{id}", tag: projectsTag, summary: "Change a project",
		description: "Changes the name of a project, or its limits; what is not given stays as it is. Limits hold within " +
			"seconds, at every server. Where this runtime keeps no limits they are refused.",
		need: access.SystemAdmin, audited: true, errors: []error{kv.ErrProjectNotFound, kv.ErrBusy, kv.ErrNotSupported},
		request: `{"limits":{"requests_per_second":100,"keys":10000}}`,
		response: `{"id":1,"name":"shop","created_at":"2030-01-02T15:04:05Z",` +
			`"limits":{"requests_per_second":100,"keys":10000,"bytes":0}}`,
	}, a.updateProject)
}

func (a *API) updateProject(ctx context.Context, _ *scope, in *updateProjectInput) (*projectOutput, error) {
	change := access.ProjectChange{Name: in.Body.Name}
	if l := in.Body.Limits; l != nil {
		if a.limiter == nil {
			return nil, kv.Refuse(kv.ErrNotSupported, "this runtime keeps no limits of projects")
		}
		change.RequestsPerSecond, change.Keys, change.Bytes = l.RequestsPerSecond, l.Keys, l.Bytes
	}
	p, err := a.control.UpdateProject(ctx, in.project, change)
	if err != nil {
		return nil, err
	}
	return &projectOutput{newProjectBody(p)}, nil
}
