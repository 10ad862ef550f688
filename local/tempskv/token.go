// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

func (a *app) token() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "token",
		Short: "Create, list and revoke deployment tokens",
		Long: "Create, list and revoke deployment tokens (dt_): each reads and writes the keys of one project.\n" +
			"--project names it; where there is only one project, that is the one.",
		Example: "  tempskv token create web\n  tempskv token list --project 2",
	}, a.tokenCreate(), a.tokenList(), a.tokenRevoke())
	a.projectFlag(cmd)
	return cmd
}

// projectTokens sends a call on the tokens of the project in question, or on one of them.
func (a *app) projectTokens(cmd *cobra.Command, method, id string, in any) ([]byte, error) {
	c, err := a.connect(cmd)
	if err != nil {
		return nil, err
	}
	project, err := a.chosenProject(cmd, c)
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("/api/projects/%d/tokens", project)
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return c.call(cmd.Context(), method, path, in)
}

func (a *app) tokenCreate() *cobra.Command {
	var readOnly bool
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a deployment token and print it",
		Long:  "Create a deployment token and print it: on standard output the token alone. It is not shown again.",
		Example: "  tempskv token create web\n" +
			"  TOKEN=$(tempskv token create web --project 2 --expires 90d)\n" +
			"  tempskv token create reports --read-only",
		Args: takes,
	}
	cmd.Flags().BoolVar(&readOnly, "read-only", false, "it may read, not write")
	addExpires(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f := fields{"name": args[0]}
		setIf(f, "read_only", readOnly)
		if err := expires(cmd, f); err != nil {
			return err
		}
		answer, err := a.projectTokens(cmd, http.MethodPost, "", f)
		if err != nil {
			return err
		}
		return a.showToken(answer, "Applications send it as: Authorization: Bearer TOKEN")
	}
	return cmd
}

func (a *app) tokenList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the deployment tokens of a project",
		Example: "  tempskv token list --project 2",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := a.projectTokens(cmd, http.MethodGet, "", nil)
			if err != nil {
				return err
			}
			var list struct {
				Tokens []struct {
					credentialBody
					ReadOnly bool `json:"read_only"`
				}
			}
			return a.show(answer, &list, func(w io.Writer) {
				rows := make([][]string, 0, len(list.Tokens))
				for _, t := range list.Tokens {
					access := "read, write"
					if t.ReadOnly {
						access = "read"
					}
					rows = append(rows, t.row(access))
				}
				table(w, credentialColumns+"ACCESS", rows)
			})
		},
	}
}

func (a *app) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "End a deployment token at once",
		Example: "  tempskv token revoke k3v9x2 --project 2",
		Args:    takesID,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.projectTokens(cmd, http.MethodDelete, args[0], nil); err != nil {
				return err
			}
			return a.done("Revoked token %s.", args[0])
		},
	}
}
