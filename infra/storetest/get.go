// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"bytes"
	"math/rand/v2"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

var getTests = []test{
	{"Missing", func(c *client) { c.wantValue("k", missing) }},
	{"ByteForByte", testByteForByte},
	{"Large", testLarge},
	{"Unshared", testUnshared},
}

// texts are values that a store must keep without interpreting them.
var texts = []string{
	`null`, `true`, `false`, `0`, `-0`, `1`, `-1`, `1.0`, `1E5`, `1e-400`, `9223372036854775807`, `9223372036854775808`,
	`123456789012345678901234567890.5`, `""`, `"a"`, `"\u0000"`, `"\u003c"`, `"<>&"`, `"\ud83d\ude00"`, "\"\U0001F600\"",
	`"\/"`, `[]`, `{}`, `[null]`, `{"b":1,"a":2,"b":3}`, `"null"`, "\"\u2028\"", "\"\x7f\"",
	strings.Repeat("[", kv.MaxDepth) + strings.Repeat("]", kv.MaxDepth),
}

func testByteForByte(c *client) {
	for _, text := range texts {
		c.set("k", text)
		c.wantValue("k", text)
		c.mset(kv.Entry{Key: "m", Value: kv.Value(text)})
		c.wantMGet([]kv.Key{"m", "k"}, text, text)
	}
}

// largeText returns a JSON string of n bytes that does not compress and holds every printable byte.
func largeText(n int) string {
	random := rand.NewChaCha8([32]byte{1})
	text := make([]byte, n)
	_, _ = random.Read(text)
	for i := range text {
		text[i] = text[i]%94 + ' '
	}
	text = bytes.Map(func(r rune) rune {
		if r == '"' || r == '\\' {
			return '-'
		}
		return r
	}, text)
	text[0], text[n-1] = '"', '"'
	return string(text)
}

func testLarge(c *client) {
	for _, n := range []int{64 << 10, 1 << 20, kv.DefaultMaxValue} {
		text := largeText(n)
		c.set("k", text)
		c.wantValue("k", text)
	}
	c.wantMGet([]kv.Key{"none", "k"}, missing, largeText(kv.DefaultMaxValue))
	c.wantDel(1, "k")
}

// testUnshared checks that values that were stored or read are their caller's own.
func testUnshared(c *client) {
	v := kv.Value(`"abc"`)
	if _, err := c.store.Set(c.ctx, c.p, "k", v, kv.SetOptions{}); err != nil {
		c.Fatal(err)
	}
	v[1] = 'x'
	c.wantValue("k", `"abc"`)
	for range 2 {
		v, err := c.store.Get(c.ctx, c.p, "k")
		if err != nil || string(v) != `"abc"` {
			c.Fatalf("Get = %s, %v", v, err)
		}
		v[1] = 'y'
	}
	c.wantMGet([]kv.Key{"k", "k"}, `"abc"`, `"abc"`)
}
