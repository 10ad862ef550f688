// SPDX-License-Identifier: Apache-2.0

package jsontext_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

func TestAppendCompactTakesOnlyInsignificantSpace(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{` null `, `null`},
		{"[ 1 ,\t2 ,\r\n3 ]", `[1,2,3]`},
		{`{ "a b" : " \" { } " , "c" : { } }`, `{"a b":" \" { } ","c":{}}`},
		{`{"z":1.0,"a":1E5,"z":-0}`, `{"z":1.0,"a":1E5,"z":-0}`},
		{`"<b>&amp;\u003c/"`, `"<b>&amp;\u003c/"`},
		{"\"\u2028\"", "\"\u2028\""},
		{`100000000000000000000000000001`, `100000000000000000000000000001`},
	} {
		if got := jsontext.AppendCompact([]byte("x"), []byte(tt.text)); string(got) != "x"+tt.want {
			t.Errorf("AppendCompact(x, %q): got %q, want %q", tt.text, got, "x"+tt.want)
		}
	}
}

func FuzzAppendCompact(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want bytes.Buffer
		if json.Compact(&want, text) != nil {
			return // only well-formed text may be given
		}
		before := bytes.Clone(text)
		if got := jsontext.AppendCompact(nil, text); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("AppendCompact(%q): got %q, want %q", text, got, want.Bytes())
		}
		if got, err := jsontext.Check(text, anyDepth); err != nil || got != bytes.Equal(text, want.Bytes()) {
			t.Errorf("Check(%q): got %v, %v, while the compact text is %q", text, got, err, want.Bytes())
		}
		if !bytes.Equal(text, before) {
			t.Errorf("AppendCompact changed its argument from %q to %q", before, text)
		}
	})
}

func TestUnquote(t *testing.T) {
	for _, tt := range []struct {
		quoted, want string
		err          error
	}{
		{`""`, "", nil},
		{`"plain"`, "plain", nil},
		{`"\"\\\/\b\f\n\r\t\u0000\u00e9"`, "\"\\/\b\f\n\r\t\x00é", nil},
		{`"\uD83D\ude00"`, "😀", nil},
		{`"\\ud83d"`, `\ud83d`, nil},
		{`"\\\\\n\uD83D\uDE00\\"`, "\\\\\n😀\\", nil},
		{`"\ud83d"`, "", jsontext.ErrSurrogate},
		{`"\ude00"`, "", jsontext.ErrSurrogate},
		{`"\uDE00\uD83D"`, "", jsontext.ErrSurrogate},
		{`"\ud83d tail"`, "", jsontext.ErrSurrogate},
		{`"\ud83d\n12345"`, "", jsontext.ErrSurrogate},
		{`"\ud83d\u0041"`, "", jsontext.ErrSurrogate},
		{`"\ud83d\ud83d\ude00"`, "", jsontext.ErrSurrogate},
		{`"\uD83D\uDE00\uDE00"`, "", jsontext.ErrSurrogate},
		{`"\uD83D\\uDE00"`, "", jsontext.ErrSurrogate},
	} {
		got, err := jsontext.Unquote([]byte(tt.quoted))
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Unquote(%s): got %q, %v, want %q, %v", tt.quoted, got, err, tt.want, tt.err)
		}
	}
}

// FuzzUnquote checks that Unquote gives what encoding/json gives, but for lone surrogates: of these encoding/json makes
// U+FFFD, which none of the seeds of that kind holds otherwise.
func FuzzUnquote(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, quoted []byte) {
		var want string
		if len(quoted) == 0 || quoted[0] != '"' || !utf8.Valid(quoted) || json.Unmarshal(quoted, &want) != nil {
			return
		}
		quoted = bytes.TrimRight(quoted, " \t\r\n")
		got, err := jsontext.Unquote(quoted)
		switch {
		case err == nil && got != want:
			t.Errorf("Unquote(%s): got %q, want %q", quoted, got, want)
		case err != nil && !errors.Is(err, jsontext.ErrSurrogate):
			t.Errorf("Unquote(%s): got %v, want %q", quoted, err, want)
		case err != nil && !strings.ContainsRune(want, utf8.RuneError):
			t.Errorf("Unquote(%s) finds a lone surrogate in %q", quoted, want)
		}
	})
}

func TestAppendQuoteEscapesWhatItMust(t *testing.T) {
	for _, tt := range []struct{ s, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{"\"\\/\b\f\n\r\t\x00\x1f\x7f", `"\"\\/\u0008\u000c\n\r\t\u0000\u001f` + "\x7f" + `"`},
		{"<b>&\u2028é😀", "\"<b>&\u2028é😀\""},
		{"a\xffb\xe2\x80", "\"a\uFFFDb\uFFFD\uFFFD\""},
		{"\xff", "\"\uFFFD\""},
		{"\uFFFD", "\"\uFFFD\""},
	} {
		if got := jsontext.AppendQuote([]byte("x"), tt.s); string(got) != "x"+tt.want {
			t.Errorf("AppendQuote(x, %q): got %s, want x%s", tt.s, got, tt.want)
		}
	}
}

func FuzzAppendQuote(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := jsontext.AppendQuote(nil, s)
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil {
			t.Fatalf("AppendQuote(%q) is not JSON: %s", s, quoted)
		}
		// A conversion to runes makes U+FFFD of each byte that is not UTF-8, as AppendQuote does.
		if want := string([]rune(s)); got != want {
			t.Errorf("AppendQuote(%q) stands for %q, want %q", s, got, want)
		}
		if back, err := jsontext.Unquote(quoted); back != got || err != nil {
			t.Errorf("Unquote(%s): got %q, %v, want %q", quoted, back, err, got)
		}
	})
}
