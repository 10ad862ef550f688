// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

var keyTests = []test{
	{"EveryByte", testEveryByte},
	{"Odd", testOddKeys},
	{"CaseAndForm", testDistinctKeys},
}

// testEveryByte uses keys that hold each byte that UTF-8 has, one or two bytes long and inside others.
func testEveryByte(c *client) {
	var keys []kv.Key
	for r := range rune(0x180) {
		keys = append(keys, kv.Key(string(r)), kv.Key("a"+string(r)+"b"))
	}
	keys = append(keys, "\u0800", "\uffff", "\U00010000", "\U0010ffff", "\ud7ff", "\U000fffff")
	c.keepApart(keys)
}

func testOddKeys(c *client) {
	c.keepApart([]kv.Key{
		"*", "**", "?", "[", "]", "[a]", "[^a]", "\\", "\\*", "{", "}", "{}", "{a}", "{a}b", "a{b}c", "{}{a}", "{{a}}",
		" ", "  ", "\n", "\r\n", "a\nb", "\x00", "\x00\x00", "a\x00", "a\x00b", "\t",
		"'", "\"", "`", "%", "%00", "%s", "$", "#",
		":", "::", "a:b", "kv:p1:a", "kv:p2:a", "p1", "1", "-1", "0",
		"NULL", "null", "true", "..", "/", "a/b",
		"\u00e9", "e\u0301", "\u4f60\u597d", "\U0001F600", "\u202e", "\ufeff",
		kv.Key(strings.Repeat("k", kv.MaxKey)), kv.Key(strings.Repeat("k", kv.MaxKey-1) + "l"),
		kv.Key(strings.Repeat("\x00", kv.MaxKey)), kv.Key(strings.Repeat("\u00e9", kv.MaxKey/2)),
	})
}

// testDistinctKeys uses keys that a database with a collation treats as equal.
func testDistinctKeys(c *client) {
	c.keepApart([]kv.Key{
		"a", "A", "a ", " a", "\u00c5", "\u212b", "A\u030a", "1", "1.0", "01", "ss", "\u00df", "i", "\u0130",
	})
}

// keepApart checks that each key has its own value for every operation that takes a key.
func (c *client) keepApart(keys []kv.Key) {
	c.Helper()
	for i, key := range keys {
		c.wantValue(key, missing)
		c.wantIncr(key, int64(i), 0, int64(i))
	}
	want := make([]string, len(keys))
	for i, key := range keys {
		want[i] = fmt.Sprint(i)
		c.wantValue(key, want[i])
	}
	c.wantMGet(keys, want...)
	c.wantExists(int64(len(keys)), keys...)
	c.wantKeys("", keys...)
	for i, key := range keys {
		switch i % 3 {
		case 0:
			c.wantDel(1, key)
		case 1:
			c.wantExpire(key, 0, true)
		case 2:
			c.wantTTL(key, kv.NoExpiry)
			c.wantDel(1, key, key)
		}
		if i%16 == 0 || i == len(keys)-1 { // now and then: it asks for all of them
			c.wantExists(int64(len(keys)-i-1), keys...)
		}
	}
	c.wantKeys("")
}
