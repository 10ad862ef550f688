// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) audit() *cobra.Command {
	var limit int
	var cursor string
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who changed what, newest first",
		Long: "Show the management calls that changed something or tried to, newest first.\n" +
			"Values and tokens are never part of it.",
		Example: "  tempskv audit\n  tempskv audit --limit 500 --json",
		Args:    takes,
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "how many entries, up to 1000")
	cmd.Flags().StringVar(&cursor, "cursor", "", "where to go on, as the page before said")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		query := url.Values{"limit": {strconv.Itoa(limit)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		answer, err := a.manage(cmd, http.MethodGet, "/api/audit?"+query.Encode(), nil)
		if err != nil {
			return err
		}
		var page struct {
			Entries []struct {
				Time                              time.Time
				Actor, Action, Target, Result, IP string
			}
			Cursor *string
		}
		return a.show(answer, &page, func(w io.Writer) {
			rows := make([][]string, 0, len(page.Entries))
			for _, e := range page.Entries {
				at := e.Time.Local().Format(time.DateTime)
				rows = append(rows, []string{at, visible(e.Actor), e.Action, e.Target, e.Result, e.IP})
			}
			table(w, "TIME ACTOR ACTION TARGET RESULT IP", rows)
			if page.Cursor != nil {
				fmt.Fprintf(a.stderr, "There is more: tempskv audit --limit %d --cursor %s\n", limit, *page.Cursor)
			}
		})
	}
	return cmd
}
