// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvExists() *cobra.Command {
	return &cobra.Command{
		Use:   "exists KEY...",
		Short: "Print how many of the keys exist",
		Long: "Print how many of the keys exist; a key given twice counts twice.\n" +
			"The exit code is 3 if none exists.",
		Example: "  tempskv kv exists greeting && tempskv kv get greeting",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.data(cmd)
			if err != nil {
				return err
			}
			found, err := d.exists(cmd.Context(), args)
			if err != nil {
				return err
			}
			err = a.count(found.text, found.body.Exists)
			if err == nil && found.body.Exists == 0 {
				return &failure{code: exitNotFound}
			}
			return err
		},
	}
}

func (d *data) exists(ctx context.Context, keys []string) (reply[goclient.ExistsResponse], error) {
	return answered[goclient.ExistsResponse](d.KVExists(ctx, goclient.KeysRequest{Keys: keys, ProjectID: d.project}))
}
