// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) audit() *cobra.Command {
	var limit int
	var cursor string
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who changed what, newest first",
		Long: "Show the management calls that changed something or tried to, newest first.\n" +
			"They never contain values or tokens.",
		Example: "  tempskv audit\n  tempskv audit --limit 500 --json",
		Args:    takes,
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "how many entries, up to 1000")
	cmd.Flags().StringVar(&cursor, "cursor", "", "start of the page, from the previous page")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		params := goclient.ListAuditParams{Limit: &limit}
		if cursor != "" {
			params.Cursor = &cursor
		}
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		page, err := answered[goclient.Audit](c.ListAudit(cmd.Context(), &params))
		if err != nil {
			return err
		}
		return a.show(page.text, func(w io.Writer) {
			rows := make([][]string, 0, len(page.body.Entries))
			for _, e := range page.body.Entries {
				at := e.Time.Local().Format(time.DateTime)
				rows = append(rows, []string{at, visible(e.Actor), e.Action, e.Target, e.Result, e.IP})
			}
			a.list(w, "TIME ACTOR ACTION TARGET RESULT IP", rows, "There are no entries.")
			if next := page.body.Cursor; next != nil {
				fmt.Fprintf(a.stderr, "There is more: tempskv audit --limit %d --cursor %s\n", limit, *next)
			}
		})
	}
	return cmd
}
