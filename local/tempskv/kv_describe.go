// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/openapi/goclient"
)

func (a *app) kvDescribe() *cobra.Command {
	return &cobra.Command{
		Use:   "describe KEY...",
		Short: "Print type, size and time to live of keys",
		Long: "Print type, size and time to live of keys, without their values: object, array, string, number, boolean or\n" +
			"null, or the type of Redis of what another client wrote there, such as list. none is a key that is not there,\n" +
			"unknown a large value that was not looked at. The exit code is 3 if there is none of the keys.",
		Example: "  tempskv kv describe greeting visits\n  tempskv kv keys 'user:*' --print0 | xargs -0r tempskv kv describe --",
		Args:    takes,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.data(cmd)
			if err != nil {
				return err
			}
			got, err := answered[goclient.DescribeResponse](d.KVDescribe(cmd.Context(),
				goclient.KeysRequest{Keys: args, ProjectID: d.project}))
			if err != nil {
				return err
			}
			rows := make([][]string, 0, len(args))
			missing := 0
			for i, k := range got.body.Keys {
				if k.Pttl == noKeyLeft {
					missing++
				}
				rows = append(rows, []string{visible(args[min(i, len(args)-1)]), k.Type, inUnits(k.Size), timeLeft(k.Pttl)})
			}
			err = a.show(got.text, func(w io.Writer) { table(w, "KEY TYPE SIZE EXPIRES-IN", rows) })
			if err == nil && missing == len(rows) {
				return noneOf(args)
			}
			return err
		},
	}
}

// noneOf returns the error of keys that are all missing.
func noneOf(keys []string) error {
	if len(keys) == 1 {
		return noSuchKey(keys[0])
	}
	return &failure{code: exitNotFound, detail: "there is none of these keys"}
}

// What a time to live is of a key that does not expire, and of one that does not exist.
const (
	noExpiry  = -1
	noKeyLeft = -2
)

// timeLeft prints a time to live in milliseconds for people, or a dash for none.
func timeLeft(ms int64) string {
	if ms == noExpiry || ms == noKeyLeft {
		return "-"
	}
	const day = 24 * time.Hour
	d := time.Duration(ms) * time.Millisecond
	if d > time.Minute {
		d = d.Round(time.Second)
	}
	text := ""
	if d >= day {
		text = fmt.Sprintf("%dd", d/day)
		d %= day
	}
	rest := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(rest, zero) {
			rest = rest[:len(rest)-2]
		}
	}
	if text != "" && d == 0 {
		return text
	}
	return text + rest
}
