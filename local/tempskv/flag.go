// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/runtime/setting"
)

// durationFlag is a flag that takes a time as setting.Duration reads it.
type durationFlag time.Duration

func (d *durationFlag) String() string { return time.Duration(*d).String() }
func (d *durationFlag) Type() string   { return "duration" }

func (d *durationFlag) Set(text string) error {
	n, err := setting.Duration(text)
	if err == nil {
		*d = durationFlag(n)
	}
	return err
}

// durationVar adds a flag for a time to what a command and those below it share.
func durationVar(cmd *cobra.Command, to *time.Duration, name string, ifNotGiven time.Duration, help string) {
	*to = ifNotGiven
	cmd.PersistentFlags().Var((*durationFlag)(to), name, help)
}
