// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
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

// longGlobs are patterns of 64 elements and more, which take more than one word.
var longGlobs = []struct {
	pattern kv.Pattern
	key     kv.Key
	want    bool
}{
	{kv.Pattern(strings.Repeat("a", 63)), kv.Key(strings.Repeat("a", 63)), true},
	{kv.Pattern(strings.Repeat("a", 64)), kv.Key(strings.Repeat("a", 64)), true},
	{kv.Pattern(strings.Repeat("a", 64)), kv.Key(strings.Repeat("a", 63)), false},
	{kv.Pattern(strings.Repeat("a", 64)), kv.Key(strings.Repeat("a", 65)), false},
	{kv.Pattern(strings.Repeat("a", 64) + "*"), kv.Key(strings.Repeat("a", 65)), true},
	{kv.Pattern(strings.Repeat("?", 65) + "b"), kv.Key(strings.Repeat("a", 65) + "b"), true},
	{kv.Pattern(strings.Repeat("?", kv.MaxPattern)), kv.Key(strings.Repeat("a", kv.MaxPattern)), true},
	{kv.Pattern(strings.Repeat("?", kv.MaxPattern)), kv.Key(strings.Repeat("a", kv.MaxPattern-1)), false},
	{kv.Pattern("*" + strings.Repeat("?", kv.MaxPattern-1)), kv.Key(strings.Repeat("a", kv.MaxKey)), true},
	{kv.Pattern(strings.Repeat("*a", kv.MaxPattern/2)), kv.Key(strings.Repeat("ba", kv.MaxPattern/2)), true},
	{kv.Pattern(strings.Repeat("*a", kv.MaxPattern/2)), kv.Key(strings.Repeat("ba", kv.MaxPattern/2-1)), false},
	{kv.Pattern("*" + strings.Repeat("a", 128) + "b"), kv.Key(strings.Repeat("a", 1000) + "b"), true},
	{kv.Pattern("*" + strings.Repeat("a", 128) + "b"), kv.Key(strings.Repeat("a", 1000)), false},
	{kv.Pattern("*" + strings.Repeat("[^b-c]", 42)), kv.Key(strings.Repeat("b", kv.MaxKey)), false},
	{kv.Pattern("*" + strings.Repeat("[^b-c]", 42)), kv.Key(strings.Repeat("b", 1000) + strings.Repeat("a", 42)), true},
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(globs, longGlobs) {
		if got := tt.pattern.Matcher().Match(tt.key); got != tt.want {
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

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, prefix := range []kv.Key{"a", "*", `a?[b-c]^-\*`, `\`, "{tag}:", "\x00\xff"} {
		p := kv.Escape(prefix)
		got, whole := p.Prefix()
		if got != prefix || !whole || !p.Matcher().Match(prefix) {
			t.Errorf("%q escaped is %q, whose prefix is %q, whole %v", prefix, p, got, whole)
		}
	}
}

// FuzzMatch compares Match with a real Redis: what KEYS returns where the key is the only one there.
func FuzzMatch(f *testing.F) {
	client := redistest.Start(f).Client()
	for _, g := range globs {
		f.Add(string(g.pattern), string(g.key))
	}
	for _, g := range longGlobs {
		f.Add(string(g.pattern), string(g.key))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		f.Add(randomOf(r, `**?[[]]^--\\aabc`+"\xff", 12), randomOf(r, `*[]^-\aabbcc`+"\x80", 8))
	}
	for range 500 {
		f.Add(randomOf(r, `**??[[]]^--\\aabc`+"\xff", kv.MaxPattern), randomOf(r, `*[]^-\aabbcc`+"\x80", 300))
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
		m := kv.Pattern(pattern).Matcher()
		if got := m.Match(kv.Key(key)); got != want || m.MatchBytes([]byte(key)) != want {
			t.Errorf("%q matches %q: %v, Redis says %v", pattern, key, got, want)
		}
		prefix, whole := kv.Pattern(pattern).Prefix()
		if prefix != "" && !kv.Escape(prefix).Matcher().Match(prefix) {
			t.Errorf("%q, escaped, does not match itself", prefix)
		}
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
	for _, bb := range []struct {
		name    string
		pattern kv.Pattern
		key     kv.Key
	}{
		{"usual", "user:*:session:[0-9a-f]*", "user:1234567:session:deadbeef"},
		{"classes on a long key", kv.Pattern("*" + strings.Repeat("[^b-c]", 42)), kv.Key(strings.Repeat("aab", kv.MaxKey/3))},
		{"stars on a long key", kv.Pattern(strings.Repeat("*a", kv.MaxPattern/2-1) + "*b"), kv.Key(strings.Repeat("a", kv.MaxKey))},
		{"the longest on a long key", kv.Pattern("*" + strings.Repeat("?", kv.MaxPattern-1)), kv.Key(strings.Repeat("a", kv.MaxKey))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.key)))
			for m := bb.pattern.Matcher(); b.Loop(); {
				m.Match(bb.key)
			}
		})
	}
	b.Run("make ready", func(b *testing.B) {
		for b.Loop() {
			kv.Pattern("user:*:session:[0-9a-f]*").Matcher()
		}
	})
}
