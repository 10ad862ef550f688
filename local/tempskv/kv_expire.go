// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvExpire() *cobra.Command {
	return &cobra.Command{
		Use:   "expire KEY SECONDS",
		Short: "Set the time to live of a key",
		Long: "Set the time to live of a key: seconds, or a time such as 15m. 0 or less deletes it.\n" +
			"The exit code is 3 if there is no such key.",
		Example: "  tempskv kv expire greeting 60\n  tempskv kv expire greeting 12h",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			seconds, err := parseSeconds(args[1])
			if err != nil {
				return usage(cmd, "SECONDS: %w", err)
			}
			d, err := a.data(cmd)
			if err != nil {
				return err
			}
			done, err := answered[goclient.ChangeResponse](d.KVExpire(cmd.Context(),
				goclient.ExpireRequest{Key: args[0], Seconds: seconds, ProjectID: d.project}))
			if err != nil {
				return err
			}
			return a.changed(done, noSuchKey(args[0]))
		},
	}
}

func (a *app) kvPersist() *cobra.Command {
	return &cobra.Command{
		Use:     "persist KEY",
		Short:   "Remove the time to live of a key",
		Long:    "Remove the time to live of a key. The exit code is 3 if there is no such key, or it does not expire.",
		Example: "  tempskv kv persist greeting",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.data(cmd)
			if err != nil {
				return err
			}
			done, err := answered[goclient.ChangeResponse](d.KVPersist(cmd.Context(),
				goclient.KeyRequest{Key: args[0], ProjectID: d.project}))
			if err != nil {
				return err
			}
			return a.changed(done, &failure{
				code: exitNotFound, detail: "there is no key " + visible(args[0]) + ", or it does not expire"})
		},
	}
}

// changed prints the result of an operation that one key may have been missing for.
func (a *app) changed(done reply[goclient.ChangeResponse], missing error) error {
	err := a.show(done.text, func(w io.Writer) {
		if done.body.Success {
			fmt.Fprintln(w, "OK")
		}
	})
	if err == nil && !done.body.Success {
		return missing
	}
	return err
}

func (a *app) kvTTL() *cobra.Command {
	return &cobra.Command{
		Use:   "ttl KEY",
		Short: "Print the seconds that a key has left",
		Long: "Print the seconds that a key has left to live, -1 if it does not expire.\n" +
			"If there is no such key, -2 is printed and the exit code is 3.",
		Example: "  tempskv kv ttl greeting",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.data(cmd)
			if err != nil {
				return err
			}
			left, err := answered[goclient.TTLResponse](d.KVTTL(cmd.Context(),
				goclient.KeyRequest{Key: args[0], ProjectID: d.project}))
			if err != nil {
				return err
			}
			err = a.count(left.text, left.body.TTL)
			if err == nil && left.body.TTL == -2 {
				return noSuchKey(args[0])
			}
			return err
		},
	}
}
