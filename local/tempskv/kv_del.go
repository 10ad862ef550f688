// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvDel() *cobra.Command {
	return &cobra.Command{
		Use:     "del KEY...",
		Short:   "Delete keys and print how many there were",
		Example: "  tempskv kv del greeting visits",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.data(cmd)
			if err != nil {
				return err
			}
			done, err := answered[goclient.DelResponse](d.KVDel(cmd.Context(),
				goclient.KeysRequest{Keys: args, ProjectID: d.project}))
			if err != nil {
				return err
			}
			return a.count(done.text, done.body.Deleted)
		},
	}
}
