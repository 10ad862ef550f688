// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"

	"github.com/spf13/cobra"
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
		lasts := fields{}
		if err := expiry(cmd, lasts); err != nil {
			return err
		}
		entries := make([]fields, 0, len(args)/2)
		for i := 0; i < len(args); i += 2 {
			entry := fields{"key": args[i], "value": jsonOrString([]byte(args[i+1]))}
			maps.Copy(entry, lasts)
			entries = append(entries, entry)
		}
		answer, err := a.operate(cmd, "mset", fields{"entries": entries})
		if err != nil {
			return err
		}
		return a.stored(answer, false)
	}
	return cmd
}
