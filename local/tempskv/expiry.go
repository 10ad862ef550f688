// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/runtime/setting"
)

// addExpiry adds --ex and --px.
func addExpiry(cmd *cobra.Command) {
	cmd.Flags().String("ex", "", "time to live: seconds, or a time such as 90s, 15m, 12h or 30d")
	cmd.Flags().Int64("px", 0, "time to live in milliseconds")
}

// expiry returns what --ex and --px say, nil where they are not given.
func expiry(cmd *cobra.Command) (ex, px *int64, _ error) {
	if err := exclusive(cmd, "ex", "px"); err != nil {
		return nil, nil, err
	}
	if cmd.Flags().Changed("ex") {
		text, _ := cmd.Flags().GetString("ex")
		seconds, err := parseSeconds(text)
		if err != nil {
			return nil, nil, usage(cmd, "--ex: %w", err)
		}
		ex = &seconds
	}
	if cmd.Flags().Changed("px") {
		ms, _ := cmd.Flags().GetInt64("px")
		px = &ms
	}
	return ex, px, nil
}

// wholeDays matches days. So many that they are no time.Duration are too many for a key.
var wholeDays = regexp.MustCompile(`^[0-9]+d$`)

// parseSeconds reads whole seconds: a number, or a time as setting.Duration reads it.
func parseSeconds(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	d, err := setting.Duration(text)
	switch {
	case err != nil && wholeDays.MatchString(text):
		return 0, fmt.Errorf("%s are too many days: a key has at most 1000000000 seconds", strings.TrimSuffix(text, "d"))
	case err != nil:
		return 0, fmt.Errorf("must be seconds, or a time such as 90s, 12h or 30d, not %q", text)
	case d%time.Second != 0:
		return 0, errors.New("must be whole seconds; --px takes milliseconds")
	}
	return int64(d / time.Second), nil
}
