// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What must not reach a terminal, by its escape.
var steering = map[string]string{
	"\x00": `\u0000`, "\a": `\u0007`, "\b": `\u0008`, "\r": `\u000d`, "\x1b": `\u001b`, "\x1f": `\u001f`, "\x7f": `\u007f`,
	"\u0080": `\u0080`, "\u0085": `\u0085`, "\u009b": `\u009b`, "\u009f": `\u009f`,
	"\u202a": `\u202a`, "\u202b": `\u202b`, "\u202c": `\u202c`, "\u202d": `\u202d`, "\u202e": `\u202e`,
	"\u2066": `\u2066`, "\u2067": `\u2067`, "\u2068": `\u2068`, "\u2069": `\u2069`,
	"\u200e": `\u200e`, "\u200f": `\u200f`, "\u061c": `\u061c`, "\u2028": `\u2028`, "\u2029": `\u2029`,
	"\x9b": `\x9b`, "\xff": `\xff`, "\xc3": `\xc3`, "\xe2\x80": `\xe2\x80`,
}

func TestTerminalShowsWhatSteersIt(t *testing.T) {
	t.Parallel()
	check := func(text, want string, pieces ...string) {
		t.Helper()
		var out strings.Builder
		w := &terminal{to: &out}
		for _, piece := range pieces {
			if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
				t.Fatalf("%q: %d, %v", piece, n, err)
			}
		}
		w.flush()
		if out.String() != want {
			t.Errorf("%q: %q, want %q", text, out.String(), want)
		}
	}
	for text, want := range steering {
		check(text, want, text)
		check(text, "a"+want+"b\n", "a"+text+"b\n")
		check(text, "ä"+want+"ö", strings.Split("ä"+text+"ö", "")...)
		bytes := []string{}
		for _, b := range []byte("日" + text + "本") {
			bytes = append(bytes, string([]byte{b}))
		}
		check(text, "日"+want+"本", bytes...)
	}
	for _, text := range []string{"", "plain\n", "a\tb\n", "äöü 日本 👩‍👩‍👧 \u00a0", "שלום مرحبا", "\ufffd", strings.Repeat("é", 10000)} {
		check(text, text, text)
		check(text, text, text[:len(text)/3], text[len(text)/3:])
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	table(&out, "A B", [][]string{{"x\ny\tz\r", "b"}, {"c", "d"}})
	if got, want := out.String(), "A          B\nx\\ny\\tz\\r  b\nc          d\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestColumnsLineUp compares where the last column of each line begins, in columns of a terminal.
func TestColumnsLineUp(t *testing.T) {
	t.Parallel()
	rows := [][]string{
		{"shop", "x"}, {"日本語のキー", "x"}, {"한국어", "x"}, {"한글", "x"}, {"ＡＢＣ", "x"}, {"ﾊﾝｶｸ", "x"}, {"cafe\u0301", "x"},
		{"👩‍👩‍👧", "x"}, {"🇩🇪", "x"}, {"a…b→c", "x"}, {"zero\u200bwidth", "x"}, {"tab\there", "x"}, {"esc\x1b[31m", "x"},
		{"alone, and longer than all the others"}, {"", "x"},
	}
	// By the East Asian Width of Unicode, by hand.
	want := `NAME           STATE
shop           x
日本語のキー   x
한국어         x
한글           x
ＡＢＣ         x
ﾊﾝｶｸ           x
cafe\u0301           x
👩‍👩‍👧             x
🇩🇪             x
a…b→c          x
zero\u200bwidth      x
tab\there      x
esc\u001b[31m  x
alone, and longer than all the others
               x
`
	var out strings.Builder
	table(&terminal{to: &out}, "NAME STATE", rows)
	t.Log("\n" + out.String())
	if diff := cmp.Diff(strings.NewReplacer(`cafe\u0301`, "cafe\u0301", `zero\u200b`, "zero\u200b").Replace(want), out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTerminalShowsErrors lets a hostile server answer: what it says of an error cannot steer the terminal.
func TestTerminalShowsErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"status":409,"code":"conflict","detail":"a\u001b]0;b\u202ec"}`,
		`{"status":422,"code":"invalid","errors":[{"location":"body.a\u001b]0;b\u202ec","message":"a\u001b]0;b\u202ec"}]}`,
	} {
		s := httptest.NewServer(answer(409, body))
		t.Cleanup(s.Close)
		var out, errOut strings.Builder
		a := &app{stdin: strings.NewReader(""), stdout: &terminal{to: &out}, stderr: &terminal{to: &errOut},
			lookupEnv: func(string) (string, bool) { return "", false }}
		a.run(t.Context(), []string{"kv", "get", "k", "--url", s.URL, "--token", "dt_test"})
		if got := errOut.String(); !strings.Contains(got, `a\u001b]0;b\u202ec`) || strings.ContainsAny(got, "\x1b\u202e") {
			t.Errorf("%s is shown as %q", body, got)
		}
	}
}
