// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// shell reads commands from a terminal and runs each as tempskv kv does, until the input ends.
type shell struct {
	app    *app
	cmd    *cobra.Command // tempskv kv
	prefix []string       // the flags that it was given
	prompt string
}

// isInteractive reports whether somebody types commands and sees what they print.
func (a *app) isInteractive() bool { return isTerminal(a.stdin) && isTerminal(a.stdout) }

// shell runs one on the terminal.
func (a *app) shell(cmd *cobra.Command) error {
	d, err := a.data(cmd)
	if err != nil {
		return err
	}
	s := &shell{app: a, cmd: cmd, prompt: "kv> "}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "project" {
			s.prefix = append(s.prefix, "--"+f.Name+"="+f.Value.String())
		}
	})
	if d.project != nil {
		s.prefix = append(s.prefix, fmt.Sprintf("--project=%d", *d.project))
		s.prompt = "project " + d.projectNames(cmd.Context())(*d.project) + "> "
	}
	fmt.Fprintln(a.stdout, `Type a command such as "get greeting", "help", or "exit".`)
	return s.read(cmd.Context(), a.stdin.(*os.File))
}

// read runs the lines of a terminal. A command has the terminal as it was before.
func (s *shell) read(ctx context.Context, in *os.File) error {
	history := openHistory(s.app.lookupEnv)
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, os.Stdout}, s.prompt)
	t.History = history
	t.AutoCompleteCallback = s.completed
	for ctx.Err() == nil {
		state, err := term.MakeRaw(int(in.Fd()))
		if err != nil {
			return fmt.Errorf("prepare the terminal: %w", err)
		}
		line, err := t.ReadLine()
		if restoreErr := term.Restore(int(in.Fd()), state); restoreErr != nil {
			return fmt.Errorf("restore the terminal: %w", restoreErr)
		}
		switch {
		case err == io.EOF: // Ctrl-D or Ctrl-C
			fmt.Fprintln(s.app.stdout)
			return nil
		case err != nil && !errors.Is(err, term.ErrPasteIndicator):
			return err
		}
		history.save(line)
		if !s.run(ctx, line) {
			return nil
		}
	}
	return nil
}

// run runs one line, and reports whether there may be more.
func (s *shell) run(ctx context.Context, line string) bool {
	words, err := splitLine(line)
	if err != nil {
		fmt.Fprintf(s.app.stderr, "tempskv: %v\n", err)
		return true
	}
	if len(words) == 0 {
		return true
	}
	switch name := words[0].text; name {
	case "exit", "quit":
		return false
	case "help", "?":
		s.help()
	default:
		child := &app{stdin: strings.NewReader(""), stdout: s.app.stdout, stderr: s.app.stderr, lookupEnv: s.app.lookupEnv}
		child.run(ctx, append(append([]string{"kv"}, s.prefix...), s.arguments(words)...))
	}
	return true
}

func (s *shell) help() {
	rows := [][]string{}
	for _, sub := range s.cmd.Commands() {
		rows = append(rows, []string{sub.Use, sub.Short})
	}
	table(s.app.stdout, "", append(rows, []string{"exit", "End this shell, as Ctrl-D does"}))
	fmt.Fprintln(s.app.stdout, "COMMAND --help says more about one. A line that begins with a blank is not kept in the history.")
}

// arguments returns the words of a line as arguments of tempskv kv: flags first, so that a key or a value may begin with -.
func (s *shell) arguments(words []word) []string {
	name := words[0].text
	sub, _, err := s.cmd.Find([]string{name})
	if err != nil || sub == s.cmd {
		return []string{name}
	}
	var flags, rest []string
	for i := 1; i < len(words); i++ {
		w := words[i]
		flag := sub.Flag(flagName(w))
		switch {
		case flag == nil && w.raw != "--help" && w.raw != "-h":
			rest = append(rest, w.argument(name, len(rest)))
			continue
		case flag != nil && flag.NoOptDefVal == "" && !strings.Contains(w.text, "=") && i+1 < len(words):
			i++
			flags = append(flags, w.text, words[i].text)
		default:
			flags = append(flags, w.text)
		}
	}
	return append(append(append([]string{name}, flags...), "--"), rest...)
}

// flagName returns the name of a flag, empty if the word is none.
func flagName(w word) string {
	name, found := strings.CutPrefix(w.raw, "--")
	if !found {
		return ""
	}
	name, _, _ = strings.Cut(name, "=")
	return name
}

// completed completes the name of a command at a tab.
func (s *shell) completed(line string, at int, key rune) (string, int, bool) {
	if key != '\t' || strings.Contains(line[:at], " ") {
		return "", 0, false
	}
	var found []string
	for _, sub := range s.cmd.Commands() {
		if strings.HasPrefix(sub.Name(), line[:at]) {
			found = append(found, sub.Name())
		}
	}
	if len(found) != 1 {
		return "", 0, false
	}
	return found[0] + " " + strings.TrimPrefix(line[at:], " "), len(found[0]) + 1, true
}
