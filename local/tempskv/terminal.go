// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// terminal is a terminal that a command prints on. It shows characters that would steer the terminal, or change the order of a
// line, as escapes: what is printed comes from others.
type terminal struct {
	to   io.Writer
	mu   sync.Mutex // the log and the command write at the same time
	part []byte     // of a character whose rest has not been written yet
}

// shown returns the writer for a stream of the program: the stream itself, so that other programs get every byte, or a terminal.
func shown(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return &terminal{to: f}
	}
	return f
}

func isTerminal(stream any) bool {
	switch s := stream.(type) {
	case *terminal:
		return true
	case *os.File:
		return term.IsTerminal(int(s.Fd()))
	}
	return false
}

// Write writes p with escapes. Bytes of a character that is not complete wait for the next call, or for flush.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := p
	if len(t.part) > 0 {
		text = append(t.part, p...)
	}
	whole := complete(text)
	escaped := escape(text[:whole])
	t.part = append([]byte(nil), text[whole:]...)
	if _, err := t.to.Write(escaped); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush writes what waits for the rest of its character.
func (t *terminal) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = t.to.Write(escape(t.part)) // a terminal that is gone has ended the program already
	t.part = nil
}

// complete returns how much of a text is certain not to end within a character.
func complete(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if at := len(text) - n; utf8.RuneStart(text[at]) {
			if utf8.FullRune(text[at:]) {
				break
			}
			return at
		}
	}
	return len(text)
}

// escape replaces what must not reach a terminal: characters by \u and their number, as in JSON, and bytes that are not UTF-8 by
// \x and theirs.
func escape(text []byte) []byte {
	var out []byte
	from := 0
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		broken := r == utf8.RuneError && size == 1
		if broken || steers(r) {
			out = append(out, text[from:at]...)
			if broken {
				out = fmt.Appendf(out, `\x%02x`, text[at])
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			from = at + size
		}
		at += size
	}
	if from == 0 {
		return text
	}
	return append(out, text[from:]...)
}

// steers reports whether a character steers a terminal: a control character (C0, DEL or C1) other than a line break and a tab, a
// separator of lines, or one that changes the direction of what follows.
func steers(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20, 0x7f <= r && r <= 0x9f: // C0, DEL, C1
		return true
	case r == 0x2028 || r == 0x2029: // line and paragraph separator
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f: // marks of direction
		return true
	}
	return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 // embeddings, overrides, isolates
}

// eraseLine goes to the beginning of the line and empties it, if w is a terminal.
func eraseLine(w io.Writer) {
	if t, ok := w.(*terminal); ok {
		t.flush()
		_, _ = io.WriteString(t.to, "\r\x1b[K")
	}
}
