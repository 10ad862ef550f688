// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) dashboard() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dashboard",
		Short: "Print a link that signs a browser in at the dashboard",
		Long: "Print a link that signs one browser in at the dashboard of the running server, once, within 30 minutes: as the first\n" +
			"administrator or, with --token, as that API key. Links that were made before still work.\n\n" +
			"--open opens it in the browser of this machine. Until it is used, other users of this machine may see it in the\n" +
			"list of processes.",
		Example: "  tempskv dashboard\n  tempskv dashboard --open\n  tempskv dashboard --url https://kv.example.com",
		Args:    takes,
	}
	open := cmd.Flags().Bool("open", false, "open the link in the browser of this machine")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		made, err := answered[goclient.SessionLink](c.CreateSessionLink(cmd.Context()))
		if err != nil {
			return err
		}
		link := c.url + "/setup#" + made.body.Code
		if *open {
			return a.openLink(cmd.Context(), link)
		}
		return a.show(made.text, func(w io.Writer) { fmt.Fprintln(w, link) })
	}
	return cmd
}

// openLink opens a link in the browser. Where that is not possible, it prints it.
func (a *app) openLink(ctx context.Context, link string) error {
	command := browserCommand(runtime.GOOS)
	err := exec.CommandContext(ctx, command[0], append(command[1:], link)...).Run()
	if err == nil {
		return a.done("The dashboard is open in your browser.")
	}
	fmt.Fprintln(a.stdout, link)
	reason := err.Error()
	if errors.Is(err, exec.ErrNotFound) {
		reason = "there is no " + command[0]
	}
	return &failure{code: exitError, detail: "no browser was opened: " + reason, hint: "open the link that was printed"}
}

// browserCommand returns the command that opens an address in the browser of a system.
func browserCommand(system string) []string {
	commands := map[string][]string{
		"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"},
	}
	if c := commands[system]; c != nil {
		return c
	}
	return []string{"xdg-open"}
}
