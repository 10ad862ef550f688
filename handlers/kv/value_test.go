// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/kv"
)

func TestCompactHasMemoryOfItsOwn(t *testing.T) {
	text := []byte(`{ "a": 1 }`)
	v := kv.Compact(text)
	clear(text)
	if got, want := string(v), `{"a":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStored(t *testing.T) {
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	tooDeep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for _, tt := range []struct{ name, text, want string }{
		{"compact JSON", `{"b":1.0,"a":[1E5,-0],"b":"\u003c"}`, `{"b":1.0,"a":[1E5,-0],"b":"\u003c"}`},
		{"null", `null`, `null`},
		{"JSON with white space", " { \"a\" : [ 1 ] }\n", `{"a":[1]}`},
		{"deeper than may be set", deep, deep},
		{"deeper than is believed", tooDeep, `"` + tooDeep + `"`},
		{"nothing", ``, `""`},
		{"white space", " \n", `" \n"`},
		{"a word", `hello "world"`, `"hello \"world\""`},
		{"two values", `1 2`, `"1 2"`},
		{"a number that is not JSON's", `007`, `"007"`},
		{"cut off", `{"a":`, `"{\"a\":"`},
		{"bytes", "\x80\xff", "\"\uFFFD\uFFFD\""},
		{"JSON but for the encoding", "\"\xff\"", "\"\\\"\uFFFD\\\"\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := kv.Stored([]byte(tt.text)); string(got) != tt.want {
				t.Errorf("Stored(%.80q): got %.80q, want %.80q", tt.text, got, tt.want)
			}
		})
	}
}

// FuzzStored checks that whatever a store holds comes back as JSON without insignificant white space,
// the same if it was that already, and a string of it if it was no JSON.
func FuzzStored(f *testing.F) {
	for _, text := range []string{``, ` `, `null`, `{"a":[1,"\ud800"]}`, `[ 1 ]`, `plain`, "\x00", "\"\xff\"", `"\q"`, `1e5`, `01`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := kv.Stored(bytes.Clone(text))
		want, err := json.Marshal(string([]rune(string(text))))
		if err != nil {
			t.Fatal(err)
		}
		if utf8.Valid(text) && json.Valid(text) {
			want = text
		} else {
			var a, b string
			if json.Unmarshal(got, &a) != nil || json.Unmarshal(want, &b) != nil || a != b {
				t.Fatalf("Stored(%q): got %q, want a string of it", text, got)
			}
			want = got
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, want); err != nil || !bytes.Equal(got, compact.Bytes()) {
			t.Errorf("Stored(%q): got %q, want %q", text, got, compact.Bytes())
		}
	})
}

func BenchmarkStored(b *testing.B) {
	for name, size := range map[string]int{"100B": 100, "10KiB": 10 << 10, "10MiB": 10 << 20} {
		text := []byte(`{"name":"` + strings.Repeat("tempskv ", size/8) + `"}`)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_ = kv.Stored(text)
			}
		})
	}
}
