// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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
	a.json = a.json || asksForJSON(args) // an error may be of a flag before
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
	root.Version = version()
	root.SetVersionTemplate("tempskv {{.Version}}\n")
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
	root.SetHelpCommand(help(root))
	completion(root)
	a.complete(root)
	return root
}

// help returns the command that shows help about others.
func help(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND...]",
		Short:   "Show help about a command",
		Example: "  tempskv help\n  tempskv help kv set",
		RunE: func(_ *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return noCommand(about, append(rest, args...)[0])
			}
			return about.Help()
		},
	}
}

// flagTakes says what the types of flags take; text is any.
var flagTakes = map[string]string{
	"int":        "an integer of 64 bits",
	"int64":      "an integer of 64 bits",
	"int64Slice": "integers, several with commas",
	"duration":   "a time such as 90s, 15m or 2d",
	"bool":       "true or false",
	"limit":      "a number above 0, none or default",
	"size":       "a size such as 100mb, none or default",
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
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		if meant := nearestFlag(cmd, unknown.GetSpecifiedName()); meant != "" {
			return usage(cmd, "%w (did you mean --%s?)", err, meant)
		}
	}
	if strings.Contains(err.Error(), "unknown shorthand flag") {
		return usage(cmd, "%w; an argument that begins with - goes after --", err)
	}
	return usage(cmd, "%w", err)
}

// nearestFlag returns the flag of a command that a name may stand for, empty if there is none.
func nearestFlag(cmd *cobra.Command, name string) string {
	names := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	return append(names.SuggestionsFor(name), "")[0]
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
	if meant := suggested(cmd, word); meant != "" {
		suggestion = fmt.Sprintf(" (did you mean %s?)", meant)
	}
	return usage(cmd, "there is no command %q%s", word, suggestion)
}

// synonyms are words of other programs for the commands of this one.
var synonyms = map[string][]string{
	"ls": {"list", "keys"}, "rm": {"delete", "del", "revoke", "end"}, "remove": {"delete", "del", "revoke", "end"},
	"delete": {"del", "revoke", "end"}, "del": {"delete"}, "add": {"create"}, "new": {"create"}, "info": {"show", "status"},
	"start": {"serve", "enable"}, "run": {"serve"}, "stop": {"disable"}, "put": {"set"}, "save": {"create"},
	"decrby": {"decr"}, "incrby": {"incr"}, "pttl": {"describe"}, "type": {"describe"}, "strlen": {"describe"}, "login": {"dashboard"}, "settings": {"config"},
}

// suggested returns the command below cmd that a word may stand for, with the group that it is in; empty if there is none.
func suggested(cmd *cobra.Command, word string) string {
	for _, synonym := range append([]string{word}, synonyms[word]...) {
		if found := below(cmd, synonym); found != "" {
			return found
		}
	}
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		return near[0]
	}
	return ""
}

// below returns the words that lead to a command of that name, empty if there is none.
func below(cmd *cobra.Command, name string) string {
	for _, sub := range cmd.Commands() {
		if sub.Name() == name {
			return name
		}
	}
	for _, sub := range cmd.Commands() {
		if found := below(sub, name); found != "" && sub.Name() == "kv" {
			return sub.Name() + " " + found
		}
	}
	return ""
}

// asksForJSON reports whether --json is among the arguments.
func asksForJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json")
}

func addTo(root *cobra.Command, groupID string, commands ...*cobra.Command) {
	for _, cmd := range commands {
		cmd.GroupID = groupID
		root.AddCommand(cmd)
	}
}
