// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestEveryCommandHasAnExample(t *testing.T) {
	t.Parallel()
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: what it does in short is %q", cmd.CommandPath(), cmd.Short)
		}
		if !cmd.IsAdditionalHelpTopicCommand() && !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if len(line) > 120 {
				t.Errorf("%s: a line of its help is too long: %s", cmd.CommandPath(), line)
			}
			// Without --, a key such as --url=http://elsewhere is a flag, and the token goes there.
			if strings.Contains(line, "xargs") && !strings.HasSuffix(strings.TrimSpace(line), " --") {
				t.Errorf("%s: in an example, keys may be taken for flags: %s", cmd.CommandPath(), line)
			}
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(new(app).root())
}
