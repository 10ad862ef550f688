// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers"
)

func (a *app) openapi() *cobra.Command {
	var older bool
	cmd := &cobra.Command{
		Use:     "openapi",
		Short:   "Print the OpenAPI document of the API",
		Example: "  tempskv openapi > openapi.yaml\n  tempskv openapi --3.0 > openapi-3.0.json",
		Args:    takes,
		RunE: func(*cobra.Command, []string) error {
			api := handlers.New(handlers.Deps{})
			form := api.OpenAPI
			if older {
				form = api.OpenAPI30
			}
			document, err := form()
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(document)
			return err
		},
	}
	cmd.Flags().BoolVar(&older, "3.0", false, "print OpenAPI 3.0.3, as JSON, for generators that need it")
	return cmd
}
