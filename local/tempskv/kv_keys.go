// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

const patternHelp = "PATTERN is a glob as Redis takes it: * ? [a-c] [^x], and \\ before a character to take it\n" +
	"as it is.\n" +
	"A key with characters that cannot be printed is shown quoted; --json and --print0 are exact."

func (a *app) kvKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "keys [PATTERN]",
		Short:   "Print the keys that match a pattern, all by default",
		Long:    "Print the keys that match a pattern, up to 100,000; for more, use scan.\n\n" + patternHelp,
		Example: "  tempskv kv keys\n  tempskv kv keys 'user:*' --print0 | xargs -0r tempskv kv del --",
		Args:    takes,
	}
	zero := addPrint0(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.operate(cmd, "keys", fields{"pattern": append(args, "*")[0]})
		if err != nil {
			return err
		}
		var got struct{ Keys []string }
		return a.show(answer, &got, func(w io.Writer) { printKeys(w, got.Keys, *zero) })
	}
	return cmd
}

func (a *app) kvScan() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "scan [PATTERN]",
		Short: "Print the keys that match a pattern, page by page",
		Long: "Print all keys that match a pattern, page by page, however many there are. A key that is there all the\n" +
			"while comes at least once. With --json each page is one line.\n\n" + patternHelp,
		Example: "  tempskv kv scan\n  tempskv kv scan 'session:*' | wc -l",
		Args:    takes,
	}
	zero := addPrint0(cmd)
	cmd.Flags().IntVar(&limit, "limit", 1000, "about how many keys to ask for at a time")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		f := fields{"limit": limit}
		if len(args) > 0 {
			f["pattern"] = args[0]
		}
		for {
			answer, err := d.do(cmd.Context(), "scan", f)
			if err != nil {
				return err
			}
			var page struct {
				Keys   []string
				Cursor *string
			}
			if err := a.show(answer, &page, func(w io.Writer) { printKeys(w, page.Keys, *zero) }); err != nil {
				return err
			}
			if page.Cursor == nil {
				return nil
			}
			f["cursor"] = *page.Cursor
		}
	}
	return cmd
}

func addPrint0(cmd *cobra.Command) *bool {
	return cmd.Flags().BoolP("print0", "0", false, "end each key with a NUL instead of a newline, for xargs -0")
}

func printKeys(w io.Writer, keys []string, zero bool) {
	for _, key := range keys {
		if zero {
			fmt.Fprintf(w, "%s\x00", key)
		} else {
			fmt.Fprintln(w, visible(key))
		}
	}
}
