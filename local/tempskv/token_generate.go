// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/access"
)

func (a *app) tokenGenerate() *cobra.Command {
	return &cobra.Command{
		Use:   "generate",
		Short: "Print a new token for a bootstrap file, without a server",
		Long: "Print a new deployment token on standard output, and its SHA-256 on standard error. No server knows it yet: one\n" +
			"does once it was started with a bootstrap file that names the SHA-256, or a variable that holds the token.",
		Example: "  export SHOP_TOKEN=$(tempskv token generate)\n  tempskv token generate --json",
		Args:    takes,
		RunE: func(*cobra.Command, []string) error {
			t := access.NewToken(access.DeploymentToken)
			h := t.Hash()
			made := struct {
				Token  access.Token `json:"token"`
				SHA256 string       `json:"sha256"`
			}{t, hex.EncodeToString(h[:])}
			text, err := json.Marshal(made)
			if err != nil {
				return err
			}
			return a.show(text, func(w io.Writer) {
				fmt.Fprintln(w, made.Token)
				fmt.Fprintf(a.stderr, "sha256: %s\n", made.SHA256)
			})
		},
	}
}
