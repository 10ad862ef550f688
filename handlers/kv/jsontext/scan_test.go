// SPDX-License-Identifier: Apache-2.0

package jsontext_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// anyDepth is the depth at which encoding/json gives up.
const anyDepth = 10_000

// valid reports whether text is one value with white space around it, as json.Valid does.
func valid(text []byte) bool {
	_, err := jsontext.Check(text, anyDepth)
	return err == nil
}

// texts are both well formed and not; they are the seeds of the fuzz targets too.
var texts = []string{
	``, ` `, `null`, `nul`, `nulll`, `Null`, `true`, `truE`, `false`, `fals`, `NaN`, `undefined`,
	`0`, `-0`, `00`, `01`, `-`, `-a`, `+1`, `1.0`, `1.`, `.5`, `1.5e3`, `1E5`, `1e`, `1e+`, `1e+-2`, `0x1F`, `0e0`, `-1.25E-007`,
	`9223372036854775808`, `1e999`, `1_000`, `12,`,
	`""`, `"`, `"a`, `"a"b`, `'a'`, `"\"`, `"\\"`, `"\\\"`, `"\""`, `"\/\b\f\n\r\t"`, `"\a"`, `"\x41"`,
	`"\u0041"`, `"\u004"`, `"\u004g"`, `"\uD83D\uDE00"`, `"\uD83D"`, `"\uDE00\uD83D"`, `"\ud83d\u0041"`, `"\uD83D\\uDE00"`,
	"\"tab\there\"", "\"line\nbreak\"", "\"nul\x00\"", "\"unit\x1f\"", "\"space\x20\"", "\"delete\x7f\"", "\"\xff\"", "\"\xe2\x80\xa8\"",
	`"ünïcödé and 漢字 and 😀"`, `"12345678"`, `"1234567"`, `"123456789"`, `"12345678\n12345678"`, "\"12345678\x1f2345678\"",
	`[]`, `[ ]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1,2`, `[`, `]`, `[[[]]]`, `[}`, `[1]]`, `["a":1]`, `[1:2]`,
	`{}`, `{ }`, `{"a":1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{1:1}`, `{"a":1 "b":2}`, `{"a":1]`, `{`, `{"a`, `{"a":1`,
	`{"a":1,"a":2}`, `{"":{}}`, " {\n\t\"a\" : [ 1 , { } ]\r\n} ", "\v1", "\u00a01", "\ufeff1", `1 2`, `{} {}`, `// a`, `{"a":/**/1}`,
}

func TestCheckAcceptsWhatEncodingJSONDoes(t *testing.T) {
	for _, text := range texts {
		if got, want := valid([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%q is well formed: got %v, want %v", text, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := valid(text), json.Valid(text); got != want {
			t.Errorf("%q is well formed: got %v, want %v", text, got, want)
		}
	})
}

func TestSkipStopsBehindTheValue(t *testing.T) {
	for _, tt := range []struct {
		text string
		i    int
		want int
	}{
		{`1,2`, 0, 1},
		{`[1,"x]"] tail`, 0, 8},
		{`{"key":"k","value":[1]}`, 7, 10},
		{`{"key":"k","value":[1]}`, 19, 22},
		{`"a" "b"`, 4, 7},
		{`nullnull`, 0, 4},
		{`1.5.5`, 0, 3},
	} {
		got, err := jsontext.Skip([]byte(tt.text), tt.i, 1)
		if err != nil || got != tt.want {
			t.Errorf("Skip(%q, %d): got %d, %v, want %d", tt.text, tt.i, got, err, tt.want)
		}
	}
}

func TestSkipBoundsTheDepth(t *testing.T) {
	nested := func(n int) []byte {
		return []byte(strings.Repeat(`{"a":[`, n/2) + strings.Repeat("[", n%2) + "1" +
			strings.Repeat("]", n%2) + strings.Repeat("]}", n/2))
	}
	for _, tt := range []struct {
		levels, depth int
		want          error
	}{
		{0, 0, nil},
		{1, 0, jsontext.ErrDepth},
		{1, 1, nil},
		{64, 64, nil},
		{65, 64, jsontext.ErrDepth},
		{anyDepth, anyDepth, nil},
		{anyDepth + 1, anyDepth, jsontext.ErrDepth},
		{5_000_000, 64, jsontext.ErrDepth},
	} {
		if _, err := jsontext.Skip(nested(tt.levels), 0, tt.depth); !errors.Is(err, tt.want) {
			t.Errorf("%d levels where %d are allowed: got %v, want %v", tt.levels, tt.depth, err, tt.want)
		}
	}
}

func TestSyntaxErrorTellsWhereAndNotWhat(t *testing.T) {
	for _, tt := range []struct {
		text   string
		offset int
	}{
		{``, 0},
		{`secret`, 0},
		{`["secret" "secret"]`, 10},
		{`{"secret" 1}`, 10},
		{`{"secret":1,secret}`, 12},
		{`"secret`, 7},
		{`"secret\q"`, 7},
		{`"secret` + "\n" + `"`, 7},
		{`-secret`, 1},
		{`1.secret`, 2},
		{`1e+secret`, 3},
		{`[tsecret]`, 1},
	} {
		var syntax *jsontext.SyntaxError
		if _, err := jsontext.Skip([]byte(tt.text), 0, 1); !errors.As(err, &syntax) {
			t.Errorf("%q: got %v, want a syntax error", tt.text, err)
			continue
		}
		if syntax.Offset != tt.offset {
			t.Errorf("%q: got offset %d, want %d", tt.text, syntax.Offset, tt.offset)
		}
		if strings.Contains(syntax.Error(), "secret") {
			t.Errorf("%q: the error holds a part of the text: %v", tt.text, syntax)
		}
	}
}

// member is what Walk visits.
type member struct{ Name, Value string }

func walk(text []byte, depth int) (visited []member, end int, err error) {
	end, err = jsontext.Walk(text, 0, depth, func(name, value []byte) {
		visited = append(visited, member{string(name), string(value)})
	})
	return visited, end, err
}

func TestWalkVisitsEachMemberInOrder(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []member
	}{
		{`{}`, nil},
		{`[ ]`, nil},
		{`{"b":1,"a":2,"b":3}`, []member{{`"b"`, `1`}, {`"a"`, `2`}, {`"b"`, `3`}}},
		{`{ "k\u0065y" : [ 1 , 2 ] , "" : "v" }`, []member{{`"k\u0065y"`, `[ 1 , 2 ]`}, {`""`, `"v"`}}},
		{`[1, "two" ,{"x":[]}]`, []member{{"", `1`}, {"", `"two"`}, {"", `{"x":[]}`}}},
	} {
		got, end, err := walk([]byte(tt.text), 3)
		if err != nil || end != len(tt.text) {
			t.Errorf("Walk(%s): got %d, %v, want %d", tt.text, end, err, len(tt.text))
		}
		if diff := cmp.Diff(got, tt.want); diff != "" {
			t.Errorf("Walk(%s) visits (-got +want):\n%s", tt.text, diff)
		}
	}
}

func TestWalkCountsItsOwnLevel(t *testing.T) {
	if _, _, err := walk([]byte(`[[1]]`), 1); !errors.Is(err, jsontext.ErrDepth) {
		t.Errorf("two levels where one is allowed: got %v, want %v", err, jsontext.ErrDepth)
	}
	if _, _, err := walk([]byte(`[]`), 0); !errors.Is(err, jsontext.ErrDepth) {
		t.Errorf("one level where none is allowed: got %v, want %v", err, jsontext.ErrDepth)
	}
}

// FuzzWalk checks that what Walk visits is what encoding/json finds in the array.
func FuzzWalk(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list := append(append([]byte("["), text...), ']')
		var want []json.RawMessage
		wantErr := json.Unmarshal(list, &want)
		visited, end, err := walk(list, anyDepth)
		if err == nil && end != len(list) {
			return // the fuzzed text closes the array before its end
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Walk(%q): got %v, want %v", list, err, wantErr)
		}
		if err != nil {
			return
		}
		values := make([]json.RawMessage, 0, len(visited))
		for _, m := range visited {
			values = append(values, json.RawMessage(m.Value))
		}
		if diff := cmp.Diff(values, want); diff != "" {
			t.Errorf("Walk(%q) visits (-got +want):\n%s", list, diff)
		}
	})
}
