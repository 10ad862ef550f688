// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) token() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "token",
		Short: "Create, list and revoke deployment tokens",
		Long: "Create, list and revoke deployment tokens (dt_): each reads and writes the keys of one project.\n" +
			"--project names it; where there is only one project, that is the one.",
		Example: "  tempskv token create web\n  tempskv token list --project shop",
	}, a.tokenCreate(), a.tokenList(), a.tokenRevoke(), a.tokenGenerate())
	a.projectFlag(cmd)
	return cmd
}

// projectInQuestion returns a client, and the project whose tokens a command is about.
func (a *app) projectInQuestion(cmd *cobra.Command) (*client, int64, error) {
	c, err := a.connect(cmd)
	if err != nil {
		return nil, 0, err
	}
	id, err := a.chosenProject(cmd, c)
	return c, id, err
}

func (a *app) tokenCreate() *cobra.Command {
	var readOnly bool
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a deployment token and print it",
		Long:  "Create a deployment token and print it on standard output. It is not shown again.",
		Example: "  tempskv token create web\n" +
			"  TOKEN=$(tempskv token create web --project 2 --expires 90d)\n" +
			"  tempskv token create reports --read-only",
		Args: takes,
	}
	cmd.Flags().BoolVar(&readOnly, "read-only", false, "it may read, not write")
	addExpires(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		end, err := expires(cmd)
		if err != nil {
			return err
		}
		c, project, err := a.projectInQuestion(cmd)
		if err != nil {
			return err
		}
		created, err := answered[goclient.CreatedToken](c.CreateToken(cmd.Context(), project,
			goclient.TokenRequest{Name: args[0], ReadOnly: ifSo(readOnly), ExpiresAt: end}))
		if err != nil {
			return err
		}
		return a.showToken(created.text, created.body.ID, created.body.Token, "Applications send it as: Authorization: Bearer TOKEN")
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
			c, project, err := a.projectInQuestion(cmd)
			if err != nil {
				return err
			}
			list, err := answered[goclient.Tokens](c.ListTokens(cmd.Context(), project))
			if err != nil {
				return err
			}
			return a.show(list.text, func(w io.Writer) {
				rows := make([][]string, 0, len(list.body.Tokens))
				for _, t := range list.body.Tokens {
					access := "read, write"
					if t.ReadOnly {
						access = "read"
					}
					rows = append(rows, credential{t.ID, t.Name, t.Prefix, t.Last4, t.CreatedAt, t.ExpiresAt, t.LastUsedAt}.row(access))
				}
				a.list(w, credentialColumns+"ACCESS", rows,
					fmt.Sprintf("The project has no token. Create one with: tempskv token create NAME --project %d", project))
			})
		},
	}
}

func (a *app) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "Revoke a deployment token at once",
		Example: "  tempskv token revoke k3v9x2 --project 2",
		Args:    takesID,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, project, err := a.projectInQuestion(cmd)
			if err != nil {
				return err
			}
			if _, err := c.RevokeToken(cmd.Context(), project, args[0]); err != nil {
				return err
			}
			return a.done("Revoked token %s.", args[0])
		},
	}
}
