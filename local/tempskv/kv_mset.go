// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvMSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mset KEY VALUE [KEY VALUE...]",
		Short: "Store several values, all or none",
		Long: "Store several values, all or none. Each is taken as kv set takes it: JSON if it is, else a string.\n" +
			"--ex and --px are for all of them.",
		Example: "  tempskv kv mset greeting hello visits 0\n  tempskv kv mset a 1 b 2 --ex 60",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args)%2 != 0 {
				return usage(cmd, "the last key has no value")
			}
			return takes(cmd, args)
		},
	}
	addExpiry(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ex, px, err := expiry(cmd)
		if err != nil {
			return err
		}
		entries := make([]goclient.MSetEntry, 0, len(args)/2)
		for i := 0; i < len(args); i += 2 {
			entries = append(entries,
				goclient.MSetEntry{Key: args[i], Value: a.jsonOrString([]byte(args[i+1])), EX: ex, PX: px})
		}
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		done, err := answered[goclient.MSetResponse](d.KVMSet(cmd.Context(),
			goclient.MSetRequest{Entries: entries, ProjectID: d.project}))
		if err != nil {
			return err
		}
		return a.show(done.text, func(w io.Writer) { fmt.Fprintln(w, done.body.Result) })
	}
	return cmd
}
