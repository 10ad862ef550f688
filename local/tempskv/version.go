// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// linkedVersion and linkedCommit are set by releases: go build -ldflags "-X main.linkedVersion=1.2.3".
var linkedVersion, linkedCommit string

// version returns the program's version: that of the release, else what the Go command knew when it built it.
func version() string {
	if linkedVersion != "" {
		return linkedVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

// commit returns what the program was built from, with "-dirty" where that was changed, as the release or the Go command
// knew it; empty if neither did.
func commit() string {
	if linkedCommit != "" {
		return linkedCommit
	}
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	if settings["vcs.modified"] == "true" {
		revision += "-dirty"
	}
	return revision
}

func (a *app) version() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  tempskv version\n  tempskv version --json",
		Args:    takes,
		RunE: func(*cobra.Command, []string) error {
			if !a.json {
				_, err := fmt.Fprintf(a.stdout, "tempskv %s (commit %s, %s, %s/%s)\n", version(), cmp.Or(commit(), "unknown"),
					runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return err
			}
			text, err := json.Marshal(map[string]string{"version": version(), "commit": commit(), "go": runtime.Version(),
				"os": runtime.GOOS, "arch": runtime.GOARCH})
			if err != nil {
				return err
			}
			return a.showJSON(text)
		},
	}
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}
