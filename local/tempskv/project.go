// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) project() *cobra.Command {
	return group(&cobra.Command{
		Use:   "project",
		Short: "Create, list, change and delete projects",
		Long: "Create, list, change and delete projects. Each project has its own keys, which no other project sees.\n" +
			"PROJECT is the name of one or its id. Of several with one name, the id tells which.",
		Example: "  tempskv project create shop\n  tempskv project list\n  tempskv project show shop",
	}, a.projectCreate(), a.projectList(), a.projectShow(), a.projectRename(), a.projectLimits(), a.projectDelete())
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
				a.list(w, "ID NAME CREATED", rows, "There is no project yet. Create one with: tempskv project create NAME")
			})
		},
	}
}
