// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

const patternHelp = "PATTERN is a glob as in Redis: * ? [a-c] [^x], and \\ before a character to match it\n" +
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
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		got, err := answered[goclient.KeysResponse](d.KVKeys(cmd.Context(),
			goclient.KeysByPatternRequest{Pattern: append(args, "*")[0], ProjectID: d.project}))
		if err != nil {
			return err
		}
		return a.show(got.text, func(w io.Writer) {
			printKeys(w, got.body.Keys, *zero)
			a.noKeys(args, len(got.body.Keys))
		})
	}
	return cmd
}

func (a *app) kvScan() *cobra.Command {
	var limit int64
	cmd := &cobra.Command{
		Use:   "scan [PATTERN]",
		Short: "Print the keys that match a pattern, page by page",
		Long: "Print all keys that match a pattern, page by page, however many there are. A key that exists throughout\n" +
			"is printed at least once. With --json each page is one line.\n\n" + patternHelp,
		Example: "  tempskv kv scan\n  tempskv kv scan 'session:*' | wc -l",
		Args:    takes,
	}
	zero := addPrint0(cmd)
	cmd.Flags().Int64Var(&limit, "limit", 1000, "about how many keys to ask for at a time")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		next := goclient.ScanRequest{Limit: &limit, ProjectID: d.project}
		if len(args) > 0 {
			next.Pattern = &args[0]
		}
		for n := 0; ; {
			page, err := answered[goclient.ScanResponse](d.KVScan(cmd.Context(), next))
			if err != nil {
				return err
			}
			if err := a.show(page.text, func(w io.Writer) { printKeys(w, page.body.Keys, *zero) }); err != nil {
				return err
			}
			n += len(page.body.Keys)
			if next.Cursor = page.body.Cursor; next.Cursor == nil {
				a.noKeys(args, n)
				return nil
			}
		}
	}
	return cmd
}

// noKeys says to people what to do where a list of keys is empty.
func (a *app) noKeys(pattern []string, n int) {
	switch {
	case n > 0 || a.json || !isTerminal(a.stdout):
	case len(pattern) == 0:
		fmt.Fprintln(a.stderr, "The project has no keys. Store one with: tempskv kv set KEY VALUE")
	default:
		fmt.Fprintf(a.stderr, "No key matches %s. A part of a name matches with * on both sides: '*part*'\n", visible(pattern[0]))
	}
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
