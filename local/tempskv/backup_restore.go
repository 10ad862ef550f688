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
		Short: "Restore a backup",
		Long: "Restore a whole backup or, with --project, the keys of one project, into that project or, with --into, another\n" +
			"existing one. Existing keys are replaced only with --replace, after a backup of them; on a terminal this asks for\n" +
			"confirmation, unless --yes is given.\n\n" +
			"A backup of the whole service also restores projects, tokens and API keys, including those revoked since, unless\n" +
			"--keys-only is given; those made since stay.\n\n" +
			"Data calls of the projects are refused during the restore, so that nothing is lost; with the engines embedded and\n" +
			"podman, a backup of the whole service blocks them only at the end. An interrupted restore continues when the\n" +
			"server is back.",
		Example: "  tempskv backup restore 20300102T150405Z-k3v7x2ab --replace\n" +
			"  tempskv backup restore 20300102T150405Z-k3v7x2ab --project shop --into shop-copy",
		Args: takes,
	}
	flags := cmd.Flags()
	project := flags.String("project", "", "restore only the keys of this project, by its name in the backup or its id")
	into := flags.String("into", "", "the project to restore into, by name or id (default: the same)")
	replace := flags.Bool("replace", false, "replace existing keys")
	keysOnly := flags.Bool("keys-only", false, "leave projects, tokens and API keys unchanged")
	yes := flags.Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *replace && !*yes {
			if err := a.confirm(cmd, "This replaces existing keys, after a backup of them."); err != nil {
				return err
			}
		}
		c, err := a.connectForLong(cmd)
		if err != nil {
			return err
		}
		from, err := projectOf(cmd, c, args[0], *project)
		if err != nil {
			return err
		}
		to, err := givenProjectID(cmd, c, "into", *into)
		if err != nil {
			return err
		}
		done, err := answered[goclient.Restored](a.followed(cmd.Context(), c, func(ctx context.Context, c *client) (*http.Response, error) {
			return c.RestoreBackup(ctx, args[0], goclient.RestoreRequest{
				ProjectID: from, Into: to, Replace: replace, KeysOnly: keysOnly,
			})
		}))
		if refused, ok := errors.AsType[*goclient.Error](err); ok && refused.Code == goclient.ProblemCodeConflict && !*replace {
			return &failure{code: exitConflict, detail: refused.Detail, hint: "--replace replaces them, after a backup of them"}
		}
		if err != nil {
			return err
		}
		return a.show(done.text, func(w io.Writer) { printRestored(w, done.body) })
	}
	return cmd
}

// projectOf returns the id of a project that a backup has, nil where --project is not given.
func projectOf(cmd *cobra.Command, c *client, backup, named string) (*int64, error) {
	id, isID := projectID(named)
	switch {
	case !cmd.Flags().Changed("project"):
		return nil, nil
	case isID:
		return &id, nil
	}
	one, err := answered[goclient.Backup](c.GetBackup(cmd.Context(), backup))
	if err != nil {
		return nil, err
	}
	projects := make([]goclient.Project, len(one.body.Projects))
	for i, p := range one.body.Projects {
		projects[i] = goclient.Project{ID: p.ID, Name: p.Name}
	}
	id, err = oneNamed(cmd, projects, named)
	return &id, err
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
		fmt.Fprintf(w, "The replaced data could not be read and are kept as %s.\n", *r.KeptAside)
	}
}
