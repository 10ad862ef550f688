// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

var globs = []struct {
	pattern kv.Pattern
	key     kv.Key
	want    bool
}{
	{"*", "any", true},
	{"**", "any", true},
	{"", "a", false},
	{"*", "", false},
	{"a", "a", true},
	{"a", "ab", false},
	{"ab", "a", false},
	{"a*", "a", true},
	{"a**", "a", true},
	{"*a", "ba", true},
	{"*a", "ab", false},
	{"*ab*cd*", "xxabyycdzz", true},
	{"*ab*cd", "abcdcdx", false},
	{"a*b*c", "abbbc", true},
	{"?", "a", true},
	{"?", "é", false}, // bytes, not characters
	{"??", "é", true},
	{"*?", "a", true},
	{"a\nb*", "a\nb\x00c", true},
	{"[abc]", "b", true},
	{"[a-c]", "d", false},
	{"[c-a]", "b", true},
	{"[^a-c]", "d", true},
	{"[^a-c]", "b", false},
	{"[^]", "a", true}, // an empty class, negated
	{"[]", "a", false}, // an empty class
	{"[]a]", "a]", false},
	{"[a", "a", true}, // no end
	{"[^a", "b", true},
	{"[", "[", false},
	{"[^", "x", true},
	{"[a-", "-", true},
	{"[a-]", "]", true}, // the range from ] to a, without an end
	{"[a-]", "_", true},
	{`[\]]`, "]", true},
	{`[\-x]`, "-", true},
	{`[a\`, `\`, true},
	{`[a-\]]`, "]", false}, // the range from \ to a, then a literal ]
	{`[a-\]]`, "a]", true},
	{"[\x00-\x02]", "\x01", true},
	{"[a-\u00e9]", "b\xa9", false},
	{`\*`, "*", true},
	{`\*`, "a", false},
	{`\a`, "a", true},
	{`a\`, `a\`, true},
	{`\\`, `\`, true},
	{`*\*`, "ab*", true},
	{"h[ae]llo*[0-9]?", "hello world 42", true},
	{"*a*a*a*a*a*a*a*a*a*a*a*b", kv.Key(strings.Repeat("a", 1000)), false},
	{"*[", "a[", false},
	{"*[^", "ab", true},
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range globs {
		if got := tt.pattern.Match(tt.key); got != tt.want {
			t.Errorf("%q matches %.40q: %v, want %v", tt.pattern, tt.key, got, tt.want)
		}
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern kv.Pattern
		prefix  kv.Key
		whole   bool
	}{
		{"", "", true},
		{"abc", "abc", true},
		{"abc*", "abc", false},
		{"a?c", "a", false},
		{"[a]bc", "", false},
		{`a\*b\`, `a*b\`, true},
		{`user:\[1\]:*`, "user:[1]:", false},
	} {
		prefix, whole := tt.pattern.Prefix()
		if prefix != tt.prefix || whole != tt.whole {
			t.Errorf("%q: %q, %v; want %q, %v", tt.pattern, prefix, whole, tt.prefix, tt.whole)
		}
	}
}

// The longest pattern on the longest key, at its worst: quick if the time is a product, never done
// if it is exponential.
func TestMatchIsNotExponential(t *testing.T) {
	t.Parallel()
	key := kv.Key(strings.Repeat("a", kv.MaxKey))
	if kv.Pattern(strings.Repeat("*a", kv.MaxPattern/2-1) + "*b").Match(key) {
		t.Error("matched a key without a b")
	}
}

// FuzzMatch compares Match with a real Redis: what KEYS returns where the key is the only one there.
func FuzzMatch(f *testing.F) {
	client := redistest.Start(f).Client()
	for _, g := range globs {
		f.Add(string(g.pattern), string(g.key))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		f.Add(randomOf(r, `**?[[]]^--\\aabc`+"\xff", 12), randomOf(r, `*[]^-\aabbcc`+"\x80", 8))
	}
	f.Fuzz(func(t *testing.T, pattern, key string) {
		if key == "" || len(key) > kv.MaxKey || len(pattern) > kv.MaxPattern {
			return
		}
		notASCII := func(c rune) bool { return c > unicode.MaxASCII }
		if runtime.GOARCH != "amd64" && strings.ContainsFunc(pattern+key, notASCII) {
			return // char may be unsigned there, which changes what a range of such bytes is
		}
		pipe := client.TxPipeline()
		pipe.FlushDB(t.Context())
		pipe.Set(t.Context(), key, "", 0)
		keys := pipe.Keys(t.Context(), pattern)
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := len(keys.Val()) == 1
		if got := kv.Pattern(pattern).Match(kv.Key(key)); got != want {
			t.Errorf("%q matches %q: %v, Redis says %v", pattern, key, got, want)
		}
		prefix, whole := kv.Pattern(pattern).Prefix()
		if want && (!strings.HasPrefix(key, string(prefix)) || whole && key != string(prefix)) {
			t.Errorf("%q matches %q, but its prefix is %q, whole %v", pattern, key, prefix, whole)
		}
	})
}

// randomOf returns up to n random bytes of the alphabet.
func randomOf(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, r.IntN(n+1))
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		kv.Pattern("user:*:session:[0-9a-f]*").Match("user:1234567:session:deadbeef")
	}
}
