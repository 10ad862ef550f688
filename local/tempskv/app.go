// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is one run of the program: what its commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookupEnv      func(name string) (string, bool)

	configFile string // --config
	target     target // of the client commands
	json       bool   // --json
}

// run executes a command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	code := a.report(ctx, err)
	for _, w := range []io.Writer{a.stdout, a.stderr} {
		if t, ok := w.(*terminal); ok {
			t.flush()
		}
	}
	return code
}

// The groups of the help text.
const (
	serverGroup  = "server"
	serviceGroup = "service"
	dataGroup    = "data"
)

func (a *app) root() *cobra.Command {
	root := group(&cobra.Command{
		Use:   "tempskv",
		Short: "A key-value store behind plain HTTP and JSON",
		Long: "tempskv is a key-value store behind plain HTTP and JSON.\n\n" +
			"To try it, run tempskv serve --dev and paste the lines that it prints.",
		Example: "  tempskv serve --dev\n  tempskv kv set greeting hello\n  tempskv kv get greeting",
	})
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return checkEmpty(cmd) }
	root.AddGroup(&cobra.Group{ID: serverGroup, Title: "Server:"},
		&cobra.Group{ID: serviceGroup, Title: "Manage a running server:"},
		&cobra.Group{ID: dataGroup, Title: "Use a running server:"})
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "settings file (default tempskv.yaml in the data directory)")
	flags.String("data", "", settingHelp("data"))
	addTo(root, serverGroup, a.serve(), a.doctor(), a.config(), a.controlData())
	addTo(root, serviceGroup, a.client(a.status(), a.enable(), a.update(), a.disable(), a.engine(),
		a.project(), a.token(), a.key(), a.session(), a.dashboard(), a.audit(), a.backup())...)
	addTo(root, dataGroup, a.client(a.kv(), a.export(), a.importKeys())...)
	root.AddCommand(a.openapi(), a.version(), exitCodes())
	return root
}

// flagTakes says what the types of flags take; text is any.
var flagTakes = map[string]string{
	"int":        "an integer of 64 bits",
	"int64":      "an integer of 64 bits",
	"int64Slice": "integers, several with commas",
	"duration":   "a time such as 90s or 15m",
	"bool":       "true or false",
}

// flagError says what to do where a flag does not take what it was given, or a key or a value looks like a flag.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
		return noCommand(cmd, args[0])
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if takes, ok := flagTakes[invalid.GetFlag().Value.Type()]; ok {
			return usage(cmd, "--%s takes %s, not %q", invalid.GetFlag().Name, takes, invalid.GetValue())
		}
	}
	if strings.Contains(err.Error(), "unknown shorthand flag") {
		return usage(cmd, "%w; an argument that begins with - goes after --", err)
	}
	return usage(cmd, "%w", err)
}

// group makes cmd one that only holds others.
func group(cmd *cobra.Command, subcommands ...*cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return noCommand(cmd, args[0])
	}
	cmd.AddCommand(subcommands...)
	return cmd
}

// noCommand returns the error of a word that is not a command, with the command that was meant.
func noCommand(cmd *cobra.Command, word string) error {
	suggestion := ""
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		suggestion = fmt.Sprintf(" (did you mean %s?)", near[0])
	}
	return usage(cmd, "there is no command %q%s", word, suggestion)
}

func addTo(root *cobra.Command, groupID string, commands ...*cobra.Command) {
	for _, cmd := range commands {
		cmd.GroupID = groupID
		root.AddCommand(cmd)
	}
}
