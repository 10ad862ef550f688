// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/runtime/setting"
)

// chosenProject returns the project that --project or TEMPSKV_PROJECT names, else the only one there is.
func (a *app) chosenProject(cmd *cobra.Command, c *client) (int64, error) {
	text, err := a.givenProject(cmd)
	if err != nil {
		return 0, err
	}
	if text != "" {
		return projectNamed(cmd, c, text)
	}
	projects, err := c.projects(cmd.Context())
	if mayNot(err) {
		return 0, usage(cmd, "this API key reaches many projects: name one with --project ID")
	}
	if err != nil {
		return 0, err
	}
	switch len(projects) {
	case 0:
		return 0, &failure{code: exitNotFound, detail: "there is no project yet",
			hint: "create one with: tempskv project create NAME"}
	case 1:
		return projects[0].ID, nil
	}
	return 0, usage(cmd, "there are %d projects: name one with --project, such as %s", len(projects), inList(projects))
}

// givenProject returns what --project or TEMPSKV_PROJECT says, without the white space around it. A name may have blanks inside.
func (a *app) givenProject(cmd *cobra.Command) (string, error) {
	source, text := "--project", a.target.project
	if text == "" {
		source = projectVariable
		text, _ = a.lookupEnv(source)
	}
	text, err := setting.Text(text)
	if err != nil {
		return "", usage(cmd, "%s: %w", source, err)
	}
	return text, nil
}

const projectVariable = "TEMPSKV_PROJECT"

// projectNamed returns the id of the project that a text names: by its id, which every number is, or by its name.
func projectNamed(cmd *cobra.Command, c *client, text string) (int64, error) {
	if id, ok := projectID(text); ok {
		return id, nil
	}
	projects, err := c.projects(cmd.Context())
	if mayNot(err) {
		return 0, usage(cmd, "this token may not look up projects by name, which needs SystemRead: give the id instead of %q", text)
	}
	if err != nil {
		return 0, err
	}
	return oneNamed(cmd, projects, text)
}

// givenProjectID returns the id of the project that a flag names, nil where it is not given.
func givenProjectID(cmd *cobra.Command, c *client, flag, text string) (*int64, error) {
	if !cmd.Flags().Changed(flag) {
		return nil, nil
	}
	id, err := projectNamed(cmd, c, text)
	return &id, err
}

// oneNamed returns the id of the one project with a name.
func oneNamed(cmd *cobra.Command, projects []goclient.Project, name string) (int64, error) {
	var found, near []goclient.Project
	for _, p := range projects {
		switch {
		case p.Name == name:
			found = append(found, p)
		case strings.EqualFold(p.Name, name):
			near = append(near, p)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].ID, nil
	case len(found) > 1:
		return 0, usage(cmd, "there are %d projects with the name %q: give the id of one: %s", len(found), name, inList(found))
	case len(near) > 0:
		return 0, &failure{code: exitNotFound, detail: fmt.Sprintf("there is no project %q", name), hint: "did you mean " + inList(near) + "?"}
	}
	return 0, &failure{code: exitNotFound, detail: fmt.Sprintf("there is no project %q", name), hint: hints[goclient.ProblemCodeProjectNotFound]}
}

// projects lists the projects.
func (c *client) projects(ctx context.Context) ([]goclient.Project, error) {
	list, err := answered[goclient.Projects](c.ListProjects(ctx))
	return list.body.Projects, err
}

// projectNames returns how projects are shown: by id and name, or by id alone where the name cannot be looked up.
func (c *client) projectNames(ctx context.Context) func(id int64) string {
	projects, err := c.projects(ctx)
	if err != nil {
		projects = nil // the list that they are for is there
	}
	return func(id int64) string {
		for _, p := range projects {
			if p.ID == id {
				return shownID(p)
			}
		}
		return strconv.FormatInt(id, 10)
	}
}

// shownID is how a project is shown where its id may be needed.
func shownID(p goclient.Project) string { return fmt.Sprintf("%d (%s)", p.ID, visible(p.Name)) }

// mayNot reports whether the server refused a call because the token may not make it.
func mayNot(err error) bool {
	denied, ok := errors.AsType[*goclient.Error](err)
	return ok && denied.Code == goclient.ProblemCodePermissionDenied
}

// inList names the first of some projects.
func inList(projects []goclient.Project) string {
	names := make([]string, 0, len(projects))
	for _, p := range projects[:min(10, len(projects))] {
		names = append(names, shownID(p))
	}
	return strings.Join(names, ", ")
}

// projectID reports whether a text is an id of a project.
func projectID(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 1 && n <= int64(kv.MaxProjectID)
}
