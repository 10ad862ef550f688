// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/spf13/cobra"

func (a *app) kvDel() *cobra.Command {
	return &cobra.Command{
		Use:     "del KEY...",
		Short:   "Delete keys and print how many there were",
		Example: "  tempskv kv del greeting visits",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.operate(cmd, "del", fields{"keys": args})
			if err != nil {
				return err
			}
			_, err = a.count(answer, "deleted")
			return err
		},
	}
}
