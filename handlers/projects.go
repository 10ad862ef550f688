// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type projectBody struct {
	ID        kv.ProjectID      `json:"id" minimum:"1" maximum:"9007199254740991" example:"1" doc:"Never used again after deletion."`
	Name      string            `json:"name" example:"shop" doc:"Names need not be unique."`
	CreatedAt time.Time         `json:"created_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
	Limits    projectLimitsBody `json:"limits"`
}

func newProjectBody(p access.Project) projectBody {
	return projectBody{p.ID, p.Name, p.CreatedAt.UTC(), newProjectLimitsBody(p.Limits)}
}

type projectOutput struct{ Body projectBody }

const projectExample = `{"id":1,"name":"shop","created_at":"2030-01-02T15:04:05Z",` +
	`"limits":{"requests_per_second":0,"keys":0,"bytes":0}}`

type projectRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"200" example:"shop" doc:"For people; need not be unique."`
	ID   int64  `json:"id,omitempty" minimum:"1" maximum:"9007199254740991" doc:"Takes over the keys that the store holds under this id already, as when moving from a Temps Redis. If it is not given, a fresh id."`
}

type createProjectInput struct{ Body projectRequest }

type projectsOutput struct {
	Body struct {
		Projects []projectBody `json:"projects" doc:"By id."`
	}
}

func registerProjects(a *API) {
	register(a, operation{
		id: "createProject", method: http.MethodPost, path: "/api/projects", tag: projectsTag, summary: "Create a project",
		description: "Creates a project: with an id that no key in the store has, or with the id given, taking over " +
			"the keys already stored under it.",
		need: access.SystemAdmin, status: http.StatusCreated, audited: true, errors: []error{kv.ErrConflict, kv.ErrBusy},
		request: `{"name":"shop"}`, response: projectExample,
	}, a.createProject)
	register(a, operation{
		id: "listProjects", method: http.MethodGet, path: "/api/projects", tag: projectsTag, summary: "List projects",
		description: "Returns all projects.", need: access.SystemRead, response: `{"projects":[` + projectExample + `]}`,
	}, a.listProjects)
	register(a, operation{
		id: "getProject", method: http.MethodGet, path: "/api/projects/{id}", tag: projectsTag, summary: "Show a project",
		description: "Returns one project.", need: access.SystemRead, errors: []error{kv.ErrProjectNotFound},
		response: projectExample,
	}, func(ctx context.Context, _ *scope, in *ProjectInput) (*projectOutput, error) {
		p, err := a.control.Project(ctx, in.project)
		return &projectOutput{newProjectBody(p)}, err
	})
	registerUpdateProject(a)
	register(a, operation{
		id: "deleteProject", method: http.MethodDelete, path: "/api/projects/{id}", tag: projectsTag,
		summary:     "Delete a project",
		description: "Ends the project and its tokens at once; its keys go in the background. The id never comes back.",
		need:        access.SystemAdmin, status: http.StatusNoContent, audited: true, errors: []error{kv.ErrProjectNotFound, kv.ErrBusy},
	}, a.deleteProject)
}

// createTime bounds the creation of a project, which may look at every key that the store holds.
const createTime = time.Minute

func (a *API) createProject(ctx context.Context, sc *scope, in *createProjectInput) (*projectOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, createTime)
	defer cancel()
	n := access.NewProject{Name: in.Body.Name, ID: kv.ProjectID(in.Body.ID)}
	p, err := a.service.CreateProject(ctx, n, a.control.CreateProject)
	if err != nil {
		return nil, err
	}
	sc.target = projectTarget(p.ID)
	return &projectOutput{newProjectBody(p)}, nil
}

func (a *API) listProjects(ctx context.Context, _ *scope, _ *noInput) (*projectsOutput, error) {
	projects, err := a.control.ListProjects(ctx)
	out := &projectsOutput{}
	out.Body.Projects = make([]projectBody, len(projects))
	for i, p := range projects {
		out.Body.Projects[i] = newProjectBody(p)
	}
	return out, err
}

func (a *API) deleteProject(ctx context.Context, _ *scope, in *ProjectInput) (*struct{}, error) {
	return nil, a.service.DeleteProject(ctx, in.project, a.control.DeleteProject)
}

func projectTarget(id kv.ProjectID) string { return "project:" + strconv.FormatInt(int64(id), 10) }
