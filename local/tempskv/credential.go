// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/runtime/setting"
)

// credential is what deployment tokens and API keys have in common as the server lists them.
type credential struct {
	id, name, prefix, last4 string
	created                 time.Time
	expires, used           *time.Time
}

const credentialColumns = "ID NAME TOKEN CREATED EXPIRES USED "

// row returns the columns of credentialColumns and more.
func (c credential) row(more ...string) []string {
	return append([]string{c.id, visible(c.name), c.prefix + "..." + c.last4,
		day(&c.created), day(c.expires), day(c.used)}, more...)
}

// showToken prints a new token on standard output, for scripts, and advice for people on standard error.
func (a *app) showToken(answer []byte, id, token, advice string) error {
	return a.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, token)
		fmt.Fprintf(a.stderr, "It has the id %s and is not shown again. %s\n", id, advice)
	})
}

// takesID is takes where an ID is asked for. A secret in its place is neither sent, in a path that proxies log, nor
// repeated.
func takesID(cmd *cobra.Command, args []string) error {
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, string(access.DeploymentToken)):
			return usage(cmd, "that is the token itself; tempskv token list shows its id")
		case strings.HasPrefix(arg, string(access.APIKey)):
			return usage(cmd, "that is the API key itself; tempskv key list shows its id")
		}
	}
	return takes(cmd, args)
}

func addExpires(cmd *cobra.Command) {
	cmd.Flags().String("expires", "", "when it expires: in 90d or 12h, on 2030-12-31, or at an RFC 3339 time")
}

// expires returns what --expires says, in whole seconds; nil if it is not given.
func expires(cmd *cobra.Command) (*time.Time, error) {
	text, _ := cmd.Flags().GetString("expires")
	if text == "" {
		return nil, nil
	}
	at, err := parseEnd(text, time.Now())
	if err != nil {
		return nil, usage(cmd, "--expires: %w", err)
	}
	return new(at.UTC().Truncate(time.Second)), nil
}

// parseEnd reads a time to come. A date means its first moment, here.
func parseEnd(text string, now time.Time) (time.Time, error) {
	if d, err := setting.Duration(text); err == nil {
		return now.Add(d), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("must be such as 90d, 12h, 2030-12-31 or 2030-12-31T23:59:59Z, not %q", text)
}
