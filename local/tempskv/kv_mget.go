// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvMGet() *cobra.Command {
	return &cobra.Command{
		Use:   "mget KEY...",
		Short: "Print the values of several keys",
		Long: "Print the values of several keys, one a line and in their order, as JSON. null stands for a key that is\n" +
			"not there too.",
		Example: "  tempskv kv mget greeting visits",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.data(cmd)
			if err != nil {
				return err
			}
			got, err := answered[goclient.MGetResponse](d.KVMGet(cmd.Context(),
				goclient.KeysRequest{Keys: args, ProjectID: d.project}))
			if err != nil {
				return err
			}
			return a.show(got.text, func(w io.Writer) {
				for _, value := range got.body.Values {
					fmt.Fprintf(w, "%s\n", value)
				}
			})
		},
	}
}
