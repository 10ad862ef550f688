// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvIncr() *cobra.Command {
	return a.add(&cobra.Command{
		Use:   "incr KEY",
		Short: "Add to an integer and print the sum",
		Long: "Add to an integer and print the sum. A missing key counts from 0, and only then --ex and --px apply.\n" +
			"The stored value must be a 64-bit integer.",
		Example: "  tempskv kv incr visits\n  tempskv kv incr visits --by 10\n  tempskv kv incr attempts --ex 1h",
	}, 1)
}

func (a *app) kvDecr() *cobra.Command {
	return a.add(&cobra.Command{
		Use:     "decr KEY",
		Short:   "Subtract from an integer and print the difference",
		Long:    "Subtract from an integer and print the difference. See incr.",
		Example: "  tempskv kv decr stock\n  tempskv kv decr stock --by 3",
	}, -1)
}

// add completes a command that adds --by times sign.
func (a *app) add(cmd *cobra.Command, sign int64) *cobra.Command {
	var by int64
	cmd.Args = takes
	cmd.Flags().Int64Var(&by, "by", 1, "how much, negative too")
	addExpiry(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if sign < 0 && by == math.MinInt64 {
			return usage(cmd, "--by: %d cannot be subtracted in 64 bits", by)
		}
		ex, px, err := expiry(cmd)
		if err != nil {
			return err
		}
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		sum, err := answered[goclient.IncrResponse](d.KVIncr(cmd.Context(),
			goclient.IncrRequest{Key: args[0], Amount: new(sign * by), EX: ex, PX: px, ProjectID: d.project}))
		if err != nil {
			return err
		}
		return a.count(sum.text, sum.body.Value)
	}
	return cmd
}
