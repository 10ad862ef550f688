// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) projectDelete() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete PROJECT",
		Short: "Delete a project with its tokens and keys",
		Long: "Delete a project. Its tokens stop at once; its keys are deleted in the background.\n" +
			"This cannot be undone, and the id is never used again. It says how many keys go. On a terminal it asks for\n" +
			"confirmation, unless --yes is given.",
		Example: "  tempskv project delete shop\n  tempskv project delete 3 --yes",
		Args:    takes,
	}
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, id, err := a.projectIn(cmd, args[0])
		if err != nil {
			return err
		}
		what, err := c.whatGoes(cmd.Context(), id)
		if err != nil {
			return err
		}
		if *yes {
			fmt.Fprintln(a.stderr, what)
		} else if err := a.confirm(cmd, what); err != nil {
			return err
		}
		if _, err = c.DeleteProject(cmd.Context(), id); err != nil {
			return err
		}
		return a.done("Deleted project %d.", id)
	}
	return cmd
}

// whatGoes says what is deleted with a project.
func (c *client) whatGoes(ctx context.Context, id int64) (string, error) {
	project, err := answered[goclient.Project](c.GetProject(ctx, id))
	if err != nil {
		return "", err
	}
	keys, err := c.countKeys(ctx, id)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("This permanently deletes project %d (%s), its tokens and %s.", id, visible(project.body.Name), keys), nil
}

const (
	countPage = 1000
	maxCount  = 1_000_000
)

// countKeys says how many keys a project has: each page of a scan has a thousand. While the service is off or its store down,
// they cannot be counted, but the project can be deleted.
func (c *client) countKeys(ctx context.Context, id int64) (string, error) {
	next := goclient.ScanRequest{Limit: new(int64(countPage)), ProjectID: &id}
	for n := 0; n < maxCount; {
		page, err := answered[goclient.ScanResponse](c.KVScan(ctx, next))
		if refused, ok := errors.AsType[*goclient.Error](err); ok && (refused.Code == goclient.ProblemCodeKVDisabled ||
			refused.Code == goclient.ProblemCodeKVUnavailable) {
			return "all its keys, which cannot be counted while the service is off", nil
		}
		if err != nil {
			return "", err
		}
		n += len(page.body.Keys)
		if next.Cursor = page.body.Cursor; next.Cursor == nil {
			return many(int64(n), "key"), nil
		}
	}
	return fmt.Sprintf("more than %d keys", maxCount), nil
}
