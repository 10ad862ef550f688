// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvGet() *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use:   "get KEY",
		Short: "Print the value of a key",
		Long: "Print the value of a key: a string as it is, anything else as JSON.\n\n" +
			"If there is no such key, nothing is printed and the exit code is 3; with --json, {\"value\":null} is.",
		Example: "  tempskv kv get greeting\n" +
			"  tempskv kv set copy -- \"$(tempskv kv get --raw original)\"   # --raw keeps \"5\" and 5 apart",
		Args: takes,
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "print strings as JSON, too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		got, err := answered[goclient.GetResponse](d.KVGet(cmd.Context(), goclient.KeyRequest{Key: args[0], ProjectID: d.project}))
		if err != nil {
			return err
		}
		if string(got.body.Value) == "null" {
			return a.getNull(cmd, d, args[0], got.text)
		}
		if a.json {
			return a.showJSON(got.text)
		}
		_, err = fmt.Fprintln(a.stdout, plain(got.body.Value, raw))
		return err
	}
	return cmd
}

// getNull distinguishes a key that holds null from a missing one.
func (a *app) getNull(cmd *cobra.Command, d *data, key string, answer []byte) error {
	found, err := d.exists(cmd.Context(), []string{key})
	if err != nil {
		return err
	}
	missing := found.body.Exists == 0
	switch {
	case a.json:
		err = a.showJSON(answer)
	case !missing:
		_, err = fmt.Fprintln(a.stdout, "null")
	}
	if err == nil && missing {
		return noSuchKey(key)
	}
	return err
}

func noSuchKey(key string) error {
	return &failure{code: exitNotFound, detail: "there is no key " + visible(key)}
}
