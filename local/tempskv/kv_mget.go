// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
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
			answer, err := a.operate(cmd, "mget", fields{"keys": args})
			if err != nil {
				return err
			}
			var got struct{ Values []json.RawMessage }
			return a.show(answer, &got, func(w io.Writer) {
				for _, value := range got.Values {
					fmt.Fprintf(w, "%s\n", value)
				}
			})
		},
	}
}
