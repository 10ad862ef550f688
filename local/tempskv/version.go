// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// linkedVersion and linkedCommit are set by releases: go build -ldflags "-X main.linkedVersion=1.2.3".
var linkedVersion, linkedCommit string

// version returns the program's version: that of the release, else of the tag that it was built from, else the commit.
func version() string {
	module := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		module = info.Main.Version
	}
	return versionOf(linkedVersion, module, commit())
}

// betweenTags matches the versions that the Go command gives commits without a tag.
var betweenTags = regexp.MustCompile(`[-.][0-9]{14}-[0-9a-f]{12}`)

// versionOf returns the version of a program with that linked version, that version of its module and that commit.
func versionOf(linked, module, commit string) string {
	tag, tagged := strings.CutPrefix(module, "v")
	revision, dirty, _ := strings.Cut(commit, "-")
	switch {
	case linked != "":
		return linked
	case tagged && !betweenTags.MatchString(tag):
		return tag
	case revision == "":
		return "development"
	case dirty != "":
		return revision[:min(12, len(revision))] + "-" + dirty
	}
	return revision[:min(12, len(revision))]
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
