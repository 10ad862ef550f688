// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tempskv/tempskv/runtime/setting"
)

// mayBeEmpty are the flags where nothing says something: none of what a variable or the settings file names, and the first
// page.
var mayBeEmpty = []string{"base-path", "cors-origin", "cursor", "metrics-addr", "trusted-proxy"}

// checkEmpty refuses flags that are given and say nothing, as --token "$TOKEN" does where that is not set: what a variable or
// the default says instead is not what was meant.
func checkEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		text := setting.Trim(f.Value.String())
		if text != "" && text != "[]" || err != nil || slices.Contains(mayBeEmpty, f.Name) {
			return
		}
		err = usage(cmd, "--%s is empty: give it a value, or leave it out", f.Name)
	})
	return err
}
