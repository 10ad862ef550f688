// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// takes checks that the arguments are those that the Use line names: KEY is one, [AMOUNT] may be left out, with
// all after it, and KEY... is one or more.
func takes(cmd *cobra.Command, args []string) error {
	names := strings.Fields(cmd.Use)[1:]
	least, most := len(names), len(names)
	for i, name := range names {
		if strings.HasPrefix(name, "[") {
			least = min(least, i)
		}
		if strings.Contains(name, "...") {
			most = max(most, len(args))
		}
	}
	switch {
	case len(args) < least:
		return usage(cmd, "%s is missing", strings.TrimSuffix(names[len(args)], "..."))
	case len(args) > most:
		return usage(cmd, "too many arguments: %q%s", args[most], asFlag(cmd, args[most]))
	}
	for _, arg := range args {
		if !utf8.ValidString(arg) {
			return usage(cmd, "%q is not UTF-8", arg)
		}
	}
	return nil
}

// exclusive refuses more than one of the flags.
func exclusive(cmd *cobra.Command, names ...string) error {
	given := ""
	for _, name := range names {
		switch {
		case !cmd.Flags().Changed(name):
		case given != "":
			return usage(cmd, "--%s and --%s exclude each other", given, name)
		default:
			given = name
		}
	}
	return nil
}

// asFlag suggests the flag that an argument was meant for, as in INCRBY visits 5 or SET greeting hello EX 60.
func asFlag(cmd *cobra.Command, arg string) string {
	name := strings.ToLower(arg)
	if _, err := strconv.ParseInt(arg, 10, 64); err == nil {
		name, arg = "by", "by "+arg
	}
	if name == "help" || cmd.Flags().Lookup(name) == nil {
		return ""
	}
	return fmt.Sprintf(" (did you mean --%s?)", strings.ToLower(arg))
}
