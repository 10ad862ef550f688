// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/kv"
)

// credentialBody is a deployment token or an API key as the server lists it.
type credentialBody struct {
	ID, Name, Prefix, Last4 string
	CreatedAt               time.Time  `json:"created_at"`
	ExpiresAt               *time.Time `json:"expires_at"`
	LastUsedAt              *time.Time `json:"last_used_at"`
}

const credentialColumns = "ID NAME TOKEN CREATED EXPIRES USED "

// row returns the columns of credentialColumns and more.
func (c *credentialBody) row(more ...string) []string {
	return append([]string{c.ID, visible(c.Name), c.Prefix + "..." + c.Last4,
		day(&c.CreatedAt), day(c.ExpiresAt), day(c.LastUsedAt)}, more...)
}

// showToken prints a new token alone, so that a script can take it, and what people have to know beside it.
func (a *app) showToken(answer json.RawMessage, advice string) error {
	var created struct {
		credentialBody
		Token string
	}
	return a.show(answer, &created, func(w io.Writer) {
		fmt.Fprintln(w, created.Token)
		fmt.Fprintf(a.stderr, "It has the id %s and is not shown again. %s\n", created.ID, advice)
	})
}

// takesID is takes where an ID is asked for. A secret in its place is neither sent, in a path that proxies log, nor
// repeated.
func takesID(cmd *cobra.Command, args []string) error {
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, string(kv.DeploymentToken)):
			return usage(cmd, "that is the token itself; tempskv token list shows its id")
		case strings.HasPrefix(arg, string(kv.APIKey)):
			return usage(cmd, "that is the API key itself; tempskv key list shows its id")
		}
	}
	return takes(cmd, args)
}

func addExpires(cmd *cobra.Command) {
	cmd.Flags().String("expires", "", "when it ends: in 90d or 12h, on 2030-12-31, or at an RFC 3339 time")
}

// expires takes --expires into a request.
func expires(cmd *cobra.Command, f fields) error {
	text, _ := cmd.Flags().GetString("expires")
	if text == "" {
		return nil
	}
	at, err := parseEnd(text, time.Now())
	if err != nil {
		return usage(cmd, "--expires: %w", err)
	}
	f["expires_at"] = at.UTC().Format(time.RFC3339)
	return nil
}

// parseEnd reads a time to come. A date means its first moment, here.
func parseEnd(text string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil {
			return now.AddDate(0, 0, n), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("must be such as 90d, 12h, 2030-12-31 or 2030-12-31T23:59:59Z, not %q", text)
}
