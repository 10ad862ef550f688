// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/openapi/goclient"
)

// completionTimeout is how long a shell waits for the server when it completes a word.
const completionTimeout = 2 * time.Second

// completer asks the server for the words that a shell may complete, each with a tab and its description after it.
type completer func(cmd *cobra.Command, c *client) []string

// choices are the words that flags take, by their names.
var choices = map[string][]string{
	"engine": engineNames, "enable": engineNames,
	"permission": {"SystemAdmin\teverything", "SystemRead\tstatus, lists, audit", "KvRead", "KvWrite"},
	"eviction":   {string(engine.NoEviction), string(engine.VolatileLRU), string(engine.AllKeysLRU)},
	"as":         {"string", "json"},
	"log-level":  {"debug", "info", "warn", "error"}, "log-format": {"auto", "text", "json"},
}

var engineNames = []string{string(engine.Embedded), string(engine.Podman), string(engine.External)}

// ofFlags complete what flags take, by their names.
var ofFlags = map[string]completer{"project": projectNames, "into": projectNames}

// ofArguments complete the first argument of commands, by their paths without the program.
var ofArguments = map[string]completer{
	"project show": projectNames, "project rename": projectNames, "project limits": projectNames, "project delete": projectNames,
	"key revoke": keyIDs, "session end": sessionIDs,
	"backup show": backupIDs, "backup verify": backupIDs, "backup restore": backupIDs, "backup download": backupIDs, "backup delete": backupIDs,
}

// completionExamples are those of cobra's commands for completion, by the shell.
var completionExamples = map[string]string{
	"bash":       "  source <(tempskv completion bash)",
	"zsh":        "  source <(tempskv completion zsh)",
	"fish":       "  tempskv completion fish | source",
	"powershell": "  tempskv completion powershell | Out-String | Invoke-Expression",
}

// completion adds cobra's command for it, which then refuses a shell that it does not know as all groups refuse a word.
func completion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		group(cmd)
		cmd.ValidArgsFunction = cobra.NoFileCompletions
		cmd.Example = completionExamples["bash"]
		for _, sub := range cmd.Commands() {
			sub.Example = completionExamples[sub.Name()]
		}
	}
}

// complete has shells complete what the server knows, and words that are one of a few.
func (a *app) complete(cmd *cobra.Command) {
	register := func(name string, f cobra.CompletionFunc) {
		if cmd.Flags().Lookup(name) != nil || cmd.PersistentFlags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, f) // fails if it has been called for the flag, which others share
		}
	}
	for name, words := range choices {
		register(name, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			return matching(words, begun), cobra.ShellCompDirectiveNoFileComp
		})
	}
	for name, words := range ofFlags {
		register(name, a.ask(words))
	}
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	words := ofArguments[path]
	if path == "token revoke" {
		words = a.tokenIDs
	}
	if words != nil {
		first := a.ask(words)
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return first(cmd, args, begun)
		}
	}
	for _, sub := range cmd.Commands() {
		a.complete(sub)
	}
}

// ask makes a function of cobra of a completer. Without a server, or a token that it needs, there is nothing to complete.
func (a *app) ask(words completer) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		a.target.timeout = completionTimeout
		c, err := a.connect(cmd)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return matching(words(cmd, c), begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// matching returns the words that continue what was begun, which may be a list with commas.
func matching(words []string, begun string) (found []string) {
	last := begun[strings.LastIndex(begun, ",")+1:]
	before := strings.TrimSuffix(begun, last)
	for _, word := range words {
		if strings.HasPrefix(word, last) {
			found = append(found, before+word)
		}
	}
	return found
}

func described(word, what string) string { return word + "\t" + what }

// projectNames returns the names of projects, and the ids of those that a name does not lead to.
func projectNames(cmd *cobra.Command, c *client) (found []string) {
	projects, _ := c.projects(cmd.Context()) // a shell cannot show an error
	named := map[string]int{}
	for _, p := range projects {
		named[p.Name]++
	}
	for _, p := range projects {
		if _, number := projectID(p.Name); number || named[p.Name] > 1 {
			found = append(found, described(strconv.FormatInt(p.ID, 10), p.Name))
			continue
		}
		found = append(found, described(p.Name, fmt.Sprintf("project %d", p.ID)))
	}
	return found
}

func (a *app) tokenIDs(cmd *cobra.Command, c *client) (found []string) {
	project, err := a.chosenProject(cmd, c)
	if err != nil {
		return nil
	}
	list, _ := answered[goclient.Tokens](c.ListTokens(cmd.Context(), project))
	for _, t := range list.body.Tokens {
		found = append(found, described(t.ID, t.Name))
	}
	return found
}

func keyIDs(cmd *cobra.Command, c *client) (found []string) {
	list, _ := answered[goclient.APIKeys](c.ListAPIKeys(cmd.Context()))
	for _, k := range list.body.APIKeys {
		found = append(found, described(k.ID, k.Name))
	}
	return found
}

func sessionIDs(cmd *cobra.Command, c *client) (found []string) {
	list, _ := answered[goclient.Sessions](c.ListSessions(cmd.Context()))
	for _, s := range list.body.Sessions {
		found = append(found, described(s.ID, s.KeyName))
	}
	return found
}

func backupIDs(cmd *cobra.Command, c *client) (found []string) {
	list, _ := answered[goclient.Backups](c.ListBackups(cmd.Context()))
	for _, b := range list.body.Backups {
		found = append(found, described(b.ID, many(b.Keys, "key")))
	}
	return found
}
