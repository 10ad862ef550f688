// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) session() *cobra.Command {
	return group(&cobra.Command{
		Use:   "session",
		Short: "List the browsers that are signed in, and sign them out",
		Long: "List the browsers that are signed in at the dashboard, and sign them out: those that use the same API key or, with\n" +
			"the permission SystemAdmin, all of them. Servers that share their control data have the same.",
		Example: "  tempskv session list\n  tempskv session end q4hn7d2kx9ab",
	}, a.sessionList(), a.sessionEnd())
}

func (a *app) sessionList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the browsers that are signed in",
		Example: "  tempskv session list",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			list, err := answered[goclient.Sessions](c.ListSessions(cmd.Context()))
			if err != nil {
				return err
			}
			return a.show(list.text, func(w io.Writer) {
				rows := make([][]string, 0, len(list.body.Sessions))
				for _, s := range list.body.Sessions {
					rows = append(rows, []string{s.ID, s.KeyName, s.KeyID, s.IP, day(&s.CreatedAt), day(&s.LastUsedAt), day(&s.ExpiresAt)})
				}
				a.list(w, "ID KEY KEY-ID ADDRESS SINCE USED EXPIRES", rows,
					"No browser is signed in. tempskv dashboard prints a link for one.")
			})
		},
	}
}

func (a *app) sessionEnd() *cobra.Command {
	return &cobra.Command{
		Use:     "end ID",
		Short:   "Sign a browser out at once",
		Example: "  tempskv session end q4hn7d2kx9ab",
		Args:    takesID,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect(cmd)
			if err != nil {
				return err
			}
			if _, err := c.EndSession(cmd.Context(), args[0]); err != nil {
				return err
			}
			return a.done("Ended session %s.", args[0])
		},
	}
}
