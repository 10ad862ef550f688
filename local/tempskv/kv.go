// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/access"
)

func (a *app) kv() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "kv",
		Short: "Read and write keys",
		Long: "Read and write keys of one project.\n\n" +
			"A deployment token (dt_) belongs to one project. For an API key, or on the server's own machine,\n" +
			"--project or TEMPSKV_PROJECT names it; where there is only one project, that is the one.\n" +
			"An argument that begins with - goes after --, as in: tempskv kv set balance -- -5\n" +
			"Scripts should always do that: a key --url=http://elsewhere would be a flag, and send the token there.\n\n" +
			"Without a command, on a terminal, it reads commands: set greeting hello, get greeting, and so on. It keeps them\n" +
			"for the arrow keys in $XDG_STATE_HOME/tempskv/history, which only the user can read.",
		Example: "  tempskv kv set greeting hello --ex 60\n  tempskv kv get greeting\n  tempskv kv incr visits\n  tempskv kv",
	},
		a.kvGet(), a.kvSet(), a.kvDel(), a.kvIncr(), a.kvDecr(), a.kvExpire(), a.kvPersist(), a.kvTTL(), a.kvExists(),
		a.kvMGet(), a.kvMSet(), a.kvKeys(), a.kvScan(), a.kvDescribe())
	a.projectFlag(cmd)
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && a.isInteractive() {
			return a.shell(cmd)
		}
		return run(cmd, args)
	}
	return cmd
}

// projectFlag adds --project.
func (a *app) projectFlag(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&a.target.project, "project", "", "name or id of the project (TEMPSKV_PROJECT)")
}

// data does the data operations of one project.
type data struct {
	*client
	project *int64 // nil: the one of the token
}

// data returns the project that a command works on.
func (a *app) data(cmd *cobra.Command) (*data, error) {
	c, err := a.connect(cmd)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(c.token, string(access.DeploymentToken)) {
		return &data{client: c}, nil
	}
	id, err := a.chosenProject(cmd, c)
	return &data{c, &id}, err
}

// count prints a number that an answer holds.
func (a *app) count(text []byte, n int64) error {
	if a.json {
		return a.showJSON(text)
	}
	_, err := fmt.Fprintln(a.stdout, n)
	return err
}
