// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) backupRestore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore ID",
		Short: "Bring back what a backup holds",
		Long: "Bring back what a backup holds: all of it or, with --project, the keys of one project, into that one or --into\n" +
			"another, which has to be there. Keys that are there already are replaced only with --replace, after a backup of\n" +
			"them; that asks on a terminal, unless --yes is given.\n\n" +
			"A backup of the whole service brings back projects, tokens and API keys too, those revoked since as well, unless\n" +
			"--keys-only is given; those made since stay.\n\n" +
			"Data calls of the projects are refused meanwhile, so that nothing is lost; with the engines embedded and podman,\n" +
			"those of a backup of the whole service only at the end. A restore that is cut off goes on when the server is back.",
		Example: "  tempskv backup restore 20300102T150405Z-k3v7x2ab --replace\n" +
			"  tempskv backup restore 20300102T150405Z-k3v7x2ab --project 3 --into 7",
		Args: takes,
	}
	flags := cmd.Flags()
	project := flags.Int64("project", 0, "restore the keys of this project alone")
	into := flags.Int64("into", 0, "the project that gets them (default: the same)")
	replace := flags.Bool("replace", false, "replace the keys that are there")
	keysOnly := flags.Bool("keys-only", false, "leave projects, tokens and API keys as they are")
	yes := flags.Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *replace && !*yes {
			if err := a.confirm(cmd, "This replaces the keys that are there, after a backup of them."); err != nil {
				return err
			}
		}
		c, err := a.connectForLong(cmd)
		if err != nil {
			return err
		}
		done, err := answered[goclient.Restored](a.followed(cmd.Context(), c, func(ctx context.Context, c *client) (*http.Response, error) {
			return c.RestoreBackup(ctx, args[0], goclient.RestoreRequest{
				ProjectID: givenNumber(cmd, "project", project), Into: givenNumber(cmd, "into", into), Replace: replace, KeysOnly: keysOnly,
			})
		}))
		if refused, ok := errors.AsType[*goclient.Error](err); ok && refused.Code == goclient.ProblemCodeConflict && !*replace {
			return &failure{code: exitConflict, detail: refused.Detail, hint: "with --replace they are, after a backup of them"}
		}
		if err != nil {
			return err
		}
		return a.show(done.text, func(w io.Writer) { printRestored(w, done.body) })
	}
	return cmd
}

func printRestored(w io.Writer, r goclient.Restored) {
	fmt.Fprintf(w, "Restored %s.\n", many(r.Keys, "key"))
	if r.Expired > 0 {
		fmt.Fprintf(w, "%d had expired.\n", r.Expired)
	}
	if r.Changed > 0 {
		fmt.Fprintf(w, "%d were changed by others meanwhile.\n", r.Changed)
	}
	if r.Before != nil {
		fmt.Fprintf(w, "What was replaced is in %s.\n", *r.Before)
	}
	if r.KeptAside != nil {
		fmt.Fprintf(w, "What was replaced could not be read, and is kept as %s.\n", *r.KeptAside)
	}
}
