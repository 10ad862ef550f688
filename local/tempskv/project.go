// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) project() *cobra.Command {
	return group(&cobra.Command{
		Use:     "project",
		Short:   "Create, list and delete projects",
		Long:    "Create, list and delete projects. Each project has its own keys, which no other project sees.",
		Example: "  tempskv project create shop\n  tempskv project list",
	}, a.projectCreate(), a.projectList(), a.projectDelete())
}

func (a *app) projectCreate() *cobra.Command {
	var id int64
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a project",
		Long: "Create a project. It gets an id that no stored key has.\n\n" +
			"--id takes over the keys that the store already holds under that id, as when moving from a Temps Redis.",
		Example: "  tempskv project create shop\n  tempskv project create shop --id 42",
		Args:    takes,
	}
	cmd.Flags().Int64Var(&id, "id", 0, "id of a project whose keys are already in the store")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		wanted := goclient.ProjectRequest{Name: args[0]}
		if cmd.Flags().Changed("id") {
			wanted.ID = &id
		}
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		created, err := answered[goclient.Project](c.CreateProject(cmd.Context(), wanted))
		if err != nil {
			return err
		}
		return a.show(created.text, func(w io.Writer) {
			p := created.body
			fmt.Fprintf(w, "Created project %d (%s).\n", p.ID, visible(p.Name))
			fmt.Fprintf(a.stderr, "Next, a token for it: tempskv token create web --project %d\n", p.ID)
		})
	}
	return cmd
}

func (a *app) projectList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List projects",
		Example: "  tempskv project list\n  tempskv project list --json",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			list, err := answered[goclient.Projects](c.ListProjects(cmd.Context()))
			if err != nil {
				return err
			}
			return a.show(list.text, func(w io.Writer) {
				rows := make([][]string, 0, len(list.body.Projects))
				for _, p := range list.body.Projects {
					rows = append(rows, []string{fmt.Sprint(p.ID), visible(p.Name), day(&p.CreatedAt)})
				}
				table(w, "ID NAME CREATED", rows)
			})
		},
	}
}

// chosenProject returns the project that --project or TEMPSKV_PROJECT names, else the only one there is.
func (a *app) chosenProject(cmd *cobra.Command, c *client) (int64, error) {
	text, err := a.given(cmd, a.target.project, "project")
	if err != nil {
		return 0, err
	}
	if text != "" {
		return projectID(cmd, text)
	}
	list, err := answered[goclient.Projects](c.ListProjects(cmd.Context()))
	if denied, ok := errors.AsType[*goclient.Error](err); ok && denied.Code == goclient.ProblemCodePermissionDenied {
		return 0, usage(cmd, "this API key reaches many projects: name one with --project ID")
	}
	if err != nil {
		return 0, err
	}
	projects := list.body.Projects
	switch len(projects) {
	case 0:
		return 0, &failure{code: exitNotFound, detail: "there is no project yet",
			hint: "create one with: tempskv project create NAME"}
	case 1:
		return projects[0].ID, nil
	}
	var names []string
	for _, p := range projects[:min(10, len(projects))] {
		names = append(names, fmt.Sprintf("%d (%s)", p.ID, visible(p.Name)))
	}
	return 0, usage(cmd, "there are %d projects: name one with --project ID, such as %s",
		len(projects), strings.Join(names, ", "))
}

func projectID(cmd *cobra.Command, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > int64(kv.MaxProjectID) {
		return 0, usage(cmd, "a project is named by its id, a number as in tempskv project list, not %q", text)
	}
	return n, nil
}
