// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"
)

func (a *app) backupDelete() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "delete ID...",
		Short:   "Delete backups permanently",
		Example: "  tempskv backup delete 20300102T150405Z-k3v7x2ab",
		Args:    takes,
	}
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.deleteBackups(cmd, args, *yes) }
	return cmd
}

func (a *app) backupPrune() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Delete all but the newest backups",
		Long: "Delete all but the newest backups, whether scheduled or not. A schedule also deletes its own old backups.\n" +
			"On a terminal it asks for confirmation, unless --yes is given.",
		Example: "  tempskv backup prune --keep 10 --yes",
		Args:    takes,
	}
	keep := cmd.Flags().Int("keep", 0, "how many to keep, at least 1")
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *keep < 1 {
			return usage(cmd, "say how many to keep with --keep N, 1 or more")
		}
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		list, err := c.backups(cmd.Context())
		if err != nil {
			return err
		}
		var old []string
		for _, b := range list.body.Backups[min(*keep, len(list.body.Backups)):] {
			old = append(old, b.ID)
		}
		if len(old) == 0 {
			return a.done("There are %s: none was deleted.", many(int64(len(list.body.Backups)), "backup"))
		}
		return a.deleteBackups(cmd, old, *yes)
	}
	return cmd
}

func (a *app) deleteBackups(cmd *cobra.Command, ids []string, yes bool) error {
	if !yes {
		if err := a.confirm(cmd, "This removes "+many(int64(len(ids)), "backup")+" for good."); err != nil {
			return err
		}
	}
	c, err := a.connect(cmd)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := c.DeleteBackup(cmd.Context(), id); err != nil {
			return err
		}
		if err := a.done("Removed %s.", id); err != nil {
			return err
		}
	}
	return nil
}
