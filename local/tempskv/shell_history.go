// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
)

// maxHistory is how many lines of a shell are kept.
const maxHistory = 500

// history holds the lines of earlier shells and of this one, in a file that only the user can read: lines may have values in
// them. Without a home directory it holds those of this shell.
type history struct {
	path  string
	lines []string // oldest first
}

// openHistory reads the history of the user. See the XDG Base Directory Specification for its place.
func openHistory(lookupEnv func(string) (string, bool)) *history {
	h := &history{}
	state, _ := lookupEnv("XDG_STATE_HOME")
	if home, _ := lookupEnv("HOME"); !filepath.IsAbs(state) && filepath.IsAbs(home) {
		state = filepath.Join(home, ".local", "state")
	}
	if !filepath.IsAbs(state) {
		return h
	}
	h.path = filepath.Join(state, "tempskv", "history")
	text, _ := os.ReadFile(h.path) // a shell works without it
	for line := range strings.Lines(string(text)) {
		h.Add(strings.TrimSuffix(line, "\n"))
	}
	return h
}

// save keeps a line for the next shell, unless it begins with a blank. That it cannot is no reason to end the shell.
func (h *history) save(line string) {
	if h.path == "" || !keeps(line) {
		return
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err == nil {
		_ = os.WriteFile(h.path, []byte(strings.Join(h.lines, "\n")+"\n"), 0o600)
	}
}

func keeps(line string) bool { return strings.TrimSpace(line) != "" && line[0] != ' ' }

// Add adds a line that was typed.
func (h *history) Add(line string) {
	if !keeps(line) || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
}

// Len returns how many lines there are.
func (h *history) Len() int { return len(h.lines) }

// At returns a line; 0 is the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
