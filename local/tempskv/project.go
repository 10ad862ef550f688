// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/kv"
)

func (a *app) project() *cobra.Command {
	return group(&cobra.Command{
		Use:     "project",
		Short:   "Create, list and delete projects",
		Long:    "Create, list and delete projects. Each project has keys of its own, which no other project sees.",
		Example: "  tempskv project create shop\n  tempskv project list",
	}, a.projectCreate(), a.projectList(), a.projectDelete())
}

// projectBody is a project as the server lists it.
type projectBody struct {
	ID        kv.ProjectID
	Name      string
	CreatedAt time.Time `json:"created_at"`
}

func (a *app) projectCreate() *cobra.Command {
	var id int64
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a project",
		Long: "Create a project. It gets an id that no key in the store bears.\n\n" +
			"--id takes over the keys that the store already holds under that id, as when moving from a Temps Redis.",
		Example: "  tempskv project create shop\n  tempskv project create shop --id 42",
		Args:    takes,
	}
	cmd.Flags().Int64Var(&id, "id", 0, "id of a project whose keys the store already holds")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f := fields{"name": args[0]}
		if cmd.Flags().Changed("id") {
			f["id"] = id
		}
		answer, err := a.manage(cmd, http.MethodPost, "/api/projects", f)
		if err != nil {
			return err
		}
		var p projectBody
		return a.show(answer, &p, func(w io.Writer) {
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
			answer, err := a.manage(cmd, http.MethodGet, "/api/projects", nil)
			if err != nil {
				return err
			}
			var list struct{ Projects []projectBody }
			return a.show(answer, &list, func(w io.Writer) {
				rows := make([][]string, 0, len(list.Projects))
				for _, p := range list.Projects {
					rows = append(rows, []string{fmt.Sprint(p.ID), visible(p.Name), day(&p.CreatedAt)})
				}
				table(w, "ID NAME CREATED", rows)
			})
		},
	}
}

func (a *app) projectDelete() *cobra.Command {
	return &cobra.Command{
		Use:   "delete ID",
		Short: "Delete a project with its tokens and keys",
		Long: "Delete a project. Its tokens stop at once; its keys are deleted in the background.\n" +
			"This cannot be undone, and the id is never used again.",
		Example: "  tempskv project delete 3",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := projectID(cmd, args[0])
			if err != nil {
				return err
			}
			if _, err = a.manage(cmd, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil); err != nil {
				return err
			}
			return a.done("Deleted project %d.", id)
		},
	}
}

// chosenProject returns the project that --project or TEMPSKV_PROJECT names, else the only one there is.
func (a *app) chosenProject(cmd *cobra.Command, c *client) (kv.ProjectID, error) {
	if text := a.given(a.target.project, "TEMPSKV_PROJECT"); text != "" {
		return projectID(cmd, text)
	}
	answer, err := c.call(cmd.Context(), http.MethodGet, "/api/projects", nil)
	var denied *failure
	if errors.As(err, &denied) && denied.problem == "permission_denied" {
		return 0, usage(cmd, "this API key reaches many projects: name one with --project ID")
	}
	if err != nil {
		return 0, err
	}
	var list struct{ Projects []projectBody }
	if err := decode(answer, &list); err != nil {
		return 0, err
	}
	switch len(list.Projects) {
	case 0:
		return 0, &failure{code: exitNotFound, detail: "there is no project yet",
			hint: "create one with: tempskv project create NAME"}
	case 1:
		return list.Projects[0].ID, nil
	}
	var names []string
	for _, p := range list.Projects[:min(10, len(list.Projects))] {
		names = append(names, fmt.Sprintf("%d (%s)", p.ID, visible(p.Name)))
	}
	return 0, usage(cmd, "there are %d projects: name one with --project ID, such as %s",
		len(list.Projects), strings.Join(names, ", "))
}

func projectID(cmd *cobra.Command, text string) (kv.ProjectID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > int64(kv.MaxProjectID) {
		return 0, usage(cmd, "a project is named by its id, a number from 1 up as in tempskv project list, not %q", text)
	}
	return kv.ProjectID(n), nil
}
