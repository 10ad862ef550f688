// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

// manage sends the only management call of a command.
func (a *app) manage(cmd *cobra.Command, method, path string, in any) (json.RawMessage, error) {
	c, err := a.connect(cmd)
	if err != nil {
		return nil, err
	}
	return c.call(cmd.Context(), method, path, in)
}

// done tells people that a call without an answer was done; programs have the exit code.
func (a *app) done(format string, args ...any) error {
	if a.json {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, format+"\n", args...)
	return err
}
