// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers"
)

func (a *app) openapi() *cobra.Command {
	return &cobra.Command{
		Use:     "openapi",
		Short:   "Print the OpenAPI document of the API",
		Example: "  tempskv openapi > openapi.yaml",
		Args:    takes,
		RunE: func(*cobra.Command, []string) error {
			document, err := handlers.New(handlers.Deps{}).OpenAPI()
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(document)
			return err
		},
	}
}
