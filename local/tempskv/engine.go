// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) engine() *cobra.Command {
	return group(&cobra.Command{
		Use:     "engine",
		Short:   "Manage the engine that holds the data",
		Example: "  tempskv engine purge\n  tempskv engine accept-empty",
	}, a.purge(), a.acceptEmpty())
}

func (a *app) acceptEmpty() *cobra.Command {
	return &cobra.Command{
		Use:   "accept-empty",
		Short: "Continue with a Redis that lost its keys",
		Long: "An external Redis that came back without the keys of the projects is not used: restore its data, or restore a\n" +
			"backup of the whole service. If neither is possible, or the keys are not needed, this command accepts the Redis\n" +
			"as it is, and data operations are served again. tempskv status says whether this is needed.",
		Example: "  tempskv status\n  tempskv engine accept-empty",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.job(cmd, func(ctx context.Context, c *client) (*http.Response, error) { return c.KVAcceptEmpty(ctx) })
		},
	}
}

func (a *app) purge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "purge",
		Short: "Remove all data of a service that is off",
		Long: "Permanently remove the container of the engine podman, its volume with the data of every project, and its\n" +
			"passwords. Disable the service first. Projects and tokens stay. On a terminal it asks for confirmation, unless\n" +
			"--yes is given.",
		Example: "  tempskv disable\n  tempskv engine purge --yes",
		Args:    takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			yes, err := cmd.Flags().GetBool("yes")
			if err != nil {
				return err
			}
			if !yes {
				if err := a.confirm(cmd, "This permanently removes all data of every project."); err != nil {
					return err
				}
			}
			return a.job(cmd, func(ctx context.Context, c *client) (*http.Response, error) { return c.KVPurgeEngine(ctx) })
		},
	}
	cmd.Flags().Bool("yes", false, "do not ask")
	return cmd
}

// confirm asks whether to go on. Nobody can answer where standard input is no terminal: then --yes is needed.
func (a *app) confirm(cmd *cobra.Command, what string) error {
	if !isTerminal(a.stdin) {
		return usage(cmd, "%s It is not done without --yes", what)
	}
	fmt.Fprintf(a.stderr, "%s Type yes to go on: ", what)
	answer, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if strings.TrimSpace(answer) != "yes" {
		return &failure{code: exitUsage, detail: "nothing was removed"}
	}
	return nil
}
