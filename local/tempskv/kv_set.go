// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvSet() *cobra.Command {
	var as string
	var keepTTL, nx, xx bool
	cmd := &cobra.Command{
		Use:   "set KEY VALUE",
		Short: "Store a value",
		Long: "Store a value. JSON is stored as JSON: 5, true, null, {\"a\":1}, \"text\". Anything else is stored\n" +
			"as a string. --as string takes every value as a string, --as json refuses what is not JSON.\n\n" +
			"The value - is read from standard input, without a final newline unless --as string keeps it.",
		Example: "  tempskv kv set greeting hello                # the string \"hello\"\n" +
			"  tempskv kv set visits 5                      # the number 5, as kv incr wants it\n" +
			"  tempskv kv set --as string zip 10115         # the string \"10115\"\n" +
			"  tempskv kv set user '{\"name\":\"Ada\"}' --ex 1h  # an object, for an hour\n" +
			"  tempskv kv set lock mine --nx --ex 30        # only if there is no such key\n" +
			"  tempskv kv set page - < page.html\n" +
			"  tempskv kv set balance -- -5",
		Args: takes,
	}
	flags := cmd.Flags()
	flags.StringVar(&as, "as", "", "what the value is: string or json (default: json if it is, else string)")
	flags.BoolVar(&nx, "nx", false, "only if the key does not exist; else the exit code is 6")
	flags.BoolVar(&xx, "xx", false, "only if the key exists; else the exit code is 6")
	flags.BoolVar(&keepTTL, "keepttl", false, "keep the time to live of the key")
	addExpiry(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := cmp.Or(exclusive(cmd, "nx", "xx"), exclusive(cmd, "keepttl", "ex", "px")); err != nil {
			return err
		}
		value, err := a.value(cmd, args[1], as)
		if err != nil {
			return err
		}
		ex, px, err := expiry(cmd)
		if err != nil {
			return err
		}
		d, err := a.data(cmd)
		if err != nil {
			return err
		}
		done, err := answered[goclient.SetResponse](d.KVSet(cmd.Context(), goclient.SetRequest{Key: args[0], Value: value,
			NX: ifSo(nx), XX: ifSo(xx), KeepTTL: ifSo(keepTTL), EX: ex, PX: px, ProjectID: d.project}))
		if err != nil {
			return err
		}
		return a.stored(done, nx)
	}
	return cmd
}

// ifSo leaves a field out that is not true.
func ifSo(on bool) *bool {
	if !on {
		return nil
	}
	return &on
}

// stored prints the result of a set, and fails if its condition was not met.
func (a *app) stored(done reply[goclient.SetResponse], nx bool) error {
	result := done.body.Result
	err := a.show(done.text, func(w io.Writer) {
		if result != nil {
			fmt.Fprintln(w, *result)
		}
	})
	switch {
	case err != nil || result != nil:
		return err
	case nx:
		return &failure{code: exitConflict, detail: "nothing was stored: the key exists"}
	}
	return &failure{code: exitConflict, detail: "nothing was stored: there is no such key"}
}
