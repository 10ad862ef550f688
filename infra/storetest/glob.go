// SPDX-License-Identifier: Apache-2.0

package storetest

import "github.com/tempskv/tempskv/handlers/kv"

// globs are patterns with keys that they match and keys that they do not, as stringmatchlen of Redis has it.
var globs = []struct {
	pattern kv.Pattern
	matches []kv.Key
	others  []kv.Key
}{
	{"*", []kv.Key{"a", "*", "\x00", "a:b", "\u00e9", "\n", "a\nb", "kv:p1:a"}, nil},
	{"**", []kv.Key{"a", "ab"}, nil},
	{"***a", []kv.Key{"a", "ba"}, []kv.Key{"ab"}},
	{"a", []kv.Key{"a"}, []kv.Key{"A", "aa", "ab", "ba"}},
	{"h?llo", []kv.Key{"hello", "hallo", "h?llo", "h*llo", "h\x00llo"}, []kv.Key{"hllo", "heello", "Hello"}},
	{"h*llo", []kv.Key{"hllo", "heeeello", "h:::llo", "hllollo"}, []kv.Key{"hell", "hllox"}},
	{"h[ae]llo", []kv.Key{"hello", "hallo"}, []kv.Key{"hillo", "hllo", "haello"}},
	{"h[^e]llo", []kv.Key{"hallo", "hbllo", "h^llo"}, []kv.Key{"hello", "hllo"}},
	{"h[!e]llo", []kv.Key{"h!llo", "hello"}, []kv.Key{"hallo"}},
	{"h[a-c]llo", []kv.Key{"hallo", "hbllo", "hcllo"}, []kv.Key{"hdllo", "h-llo", "hBllo"}},
	{"h[c-a]llo", []kv.Key{"hallo", "hbllo", "hcllo"}, []kv.Key{"hdllo"}},
	{"h[^a-c]llo", []kv.Key{"hdllo", "h-llo"}, []kv.Key{"hallo", "hbllo"}},
	{"h[a-]llo", []kv.Key{}, []kv.Key{"hbllo"}},
	{"[a-c-e]", []kv.Key{"a", "b", "c", "-", "e"}, []kv.Key{"d"}},
	{"[0-9][0-9]", []kv.Key{"42"}, []kv.Key{"4", "4a", "420"}},
	{`h\*llo`, []kv.Key{"h*llo"}, []kv.Key{"hello", "hllo", `h\*llo`}},
	{`h\?llo`, []kv.Key{"h?llo"}, []kv.Key{"hello"}},
	{`h\[a]llo`, []kv.Key{"h[a]llo"}, []kv.Key{"hallo"}},
	{`h\\llo`, []kv.Key{`h\llo`}, []kv.Key{`h\\llo`, "hello"}},
	{`h\ello`, []kv.Key{"hello"}, []kv.Key{`h\ello`}},
	{`[\]]`, []kv.Key{"]"}, []kv.Key{`\`, `\]`}},
	{`[\a-c]`, []kv.Key{"a", "-", "c"}, []kv.Key{"b", `\`}},
	{`a\`, []kv.Key{`a\`}, []kv.Key{"a", `a\\`}},
	{`\`, []kv.Key{`\`}, []kv.Key{"a"}},
	{"[abc", []kv.Key{"a", "b", "c"}, []kv.Key{"d", "[abc", "ab"}},
	{"[a-", []kv.Key{}, []kv.Key{"b"}},
	{"[", []kv.Key{}, []kv.Key{"[", "a"}},
	{"[]", []kv.Key{}, []kv.Key{"]", "a", "[]"}},
	{"[]a", []kv.Key{}, []kv.Key{"a", "]a"}},
	{"[^]", []kv.Key{"a", "]", "^"}, []kv.Key{"ab"}},
	{"[^", []kv.Key{"a", "["}, []kv.Key{"ab"}},
	{"[a]*[b]", []kv.Key{"ab", "axxb"}, []kv.Key{"b", "a"}},
	{"a*", []kv.Key{"a", "ab", "a*"}, []kv.Key{"ba"}},
	{"*a*b*", []kv.Key{"ab", "xaxbx"}, []kv.Key{"ba", "a"}},
	{"a**b", []kv.Key{"ab", "axb"}, []kv.Key{"a"}},
	{"?", []kv.Key{"a", "\x00", "*"}, []kv.Key{"\u00e9", "ab"}}, // a byte, not a character
	{"??", []kv.Key{"\u00e9", "ab"}, []kv.Key{"a", "\u4f60"}},
	{"\u00e9*", []kv.Key{"\u00e9", "\u00e9a"}, []kv.Key{"\u00e8"}},
	{"[\u00e9]?", []kv.Key{"\u00e9", "\u00e8"}, []kv.Key{"\u0106", "ea"}}, // the bytes c3 and a9
	{"a\x00?", []kv.Key{"a\x00b"}, []kv.Key{"a\x00", "a"}},
	{"{a}*", []kv.Key{"{a}", "{a}b"}, []kv.Key{"a", "{b}"}},
	{`a\*b?`, []kv.Key{"a*bc"}, []kv.Key{"a*b", "axbc", `a\*bc`}},
	{`a\?b*`, []kv.Key{"a?b", "a?bc"}, []kv.Key{"axb", `a\?b`}},
	{`a\[b*`, []kv.Key{"a[b", "a[b]"}, []kv.Key{"ab", "axb"}},
	{`a\\*`, []kv.Key{`a\`, `a\b`}, []kv.Key{"a", "ab"}},
	{":*", []kv.Key{":", ":a"}, []kv.Key{"a:"}},
	{"*:*", []kv.Key{"a:b", ":"}, []kv.Key{"ab"}},
	{"kv:p1:*", []kv.Key{"kv:p1:a"}, []kv.Key{"a"}},
}

func testGlob(c *client) {
	stored := map[kv.Key]bool{}
	for _, g := range globs {
		for _, key := range append(g.matches, g.others...) {
			if !stored[key] {
				c.set(key, `1`)
				stored[key] = true
			}
		}
	}
	for _, g := range globs {
		got := c.scan(g.pattern, 1000)
		c.wantSome(got, g.matches)
		for _, key := range g.others {
			for _, match := range got {
				if match == key {
					c.Errorf("pattern %q matched %q", g.pattern, key)
				}
			}
		}
	}
}
