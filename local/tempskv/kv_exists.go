// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/spf13/cobra"

func (a *app) kvExists() *cobra.Command {
	return &cobra.Command{
		Use:   "exists KEY...",
		Short: "Print how many of the keys exist",
		Long: "Print how many of the keys exist; one that is given twice counts twice.\n" +
			"The exit code is 3 if none does.",
		Example: "  tempskv kv exists greeting && tempskv kv get greeting",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.operate(cmd, "exists", fields{"keys": args})
			if err != nil {
				return err
			}
			n, err := a.count(answer, "exists")
			if err == nil && n == 0 {
				return &failure{code: exitNotFound}
			}
			return err
		},
	}
}
