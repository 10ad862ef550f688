// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
)

var scanTests = []test{
	{"Empty", func(c *client) { c.wantKeys(""); c.wantKeys("*") }},
	{"Limits", testScanLimits},
	{"Glob", testGlob},
	{"Cursors", testCursors},
	{"OtherProject", testForeignCursor},
	{"LongKeys", testScanLongKeys},
	{"Changing", testScanChanging},
}

// scan reads all pages and returns every key in them, sorted, each once.
func (c *client) scan(pattern kv.Pattern, limit int) []kv.Key {
	c.Helper()
	keys := []kv.Key{}
	for cursor, pages := kv.Cursor(""), 0; pages == 0 || cursor != ""; pages++ {
		page, err := c.store.Scan(c.ctx, c.p, pattern, cursor, limit)
		if err != nil {
			c.Fatalf("Scan(%q, %q, %d): %v", pattern, cursor, limit, err)
		}
		if len(page.Cursor) > kv.MaxCursor {
			c.Fatalf("a cursor of %d bytes", len(page.Cursor))
		}
		keys, cursor = append(keys, page.Keys...), page.Cursor
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// wantKeys checks which keys match the pattern.
func (c *client) wantKeys(pattern kv.Pattern, want ...kv.Key) {
	c.Helper()
	want = slices.Sorted(slices.Values(want))
	if diff := cmp.Diff(c.scan(pattern, 100), append([]kv.Key{}, want...)); diff != "" {
		c.Errorf("Scan(%q): (-got +want)\n%.2000s", pattern, diff)
	}
}

// fill stores n keys and returns them, sorted.
func (c *client) fill(prefix string, n int) []kv.Key {
	c.Helper()
	keys := make([]kv.Key, n)
	entries := make([]kv.Entry, n)
	for i := range keys {
		keys[i] = kv.Key(fmt.Sprintf("%s%05d", prefix, i))
		entries[i] = kv.Entry{Key: keys[i], Value: kv.Value(`1`)}
	}
	for chunk := range slices.Chunk(entries, 1000) {
		c.mset(chunk...)
	}
	return keys
}

func testScanLimits(c *client) {
	keys := c.fill("k", 2500)
	for _, limit := range []int{1, 7, 100, 1000} {
		if limit == 1 { // one page for each key takes long
			c.wantSome(c.scan("k0001?", limit), keys[10:20])
			continue
		}
		if diff := cmp.Diff(c.scan("", limit), keys); diff != "" {
			c.Errorf("Scan with limit %d: (-got +want)\n%.2000s", limit, diff)
		}
	}
	c.wantKeys("k00*7", filter(keys, "k00", "7")...)
}

// wantSome checks that all of want are among got.
func (c *client) wantSome(got, want []kv.Key) {
	c.Helper()
	for _, key := range want {
		if !slices.Contains(got, key) {
			c.Errorf("key %.40q did not come", key)
		}
	}
}

// filter returns the keys with that prefix and suffix.
func filter(keys []kv.Key, prefix, suffix string) (some []kv.Key) {
	for _, key := range keys {
		if strings.HasPrefix(string(key), prefix) && strings.HasSuffix(string(key), suffix) {
			some = append(some, key)
		}
	}
	return some
}

// testCursors checks that a cursor that no Scan made is refused.
func testCursors(c *client) {
	c.fill("k", 300)
	page, err := c.store.Scan(c.ctx, c.p, "", "", 10)
	if err != nil || page.Cursor == "" {
		c.Fatalf("Scan of 300 keys, 10 a page: %d keys, cursor %q, %v", len(page.Keys), page.Cursor, err)
	}
	good := page.Cursor
	for _, bad := range []kv.Cursor{
		"0", "1", "x", "null", " ", "*", "\x00", "-1", "18446744073709551616", "garbage", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA",
		"\xff\xfe", good + "A", good + "=", " " + good, good[1:], good[:len(good)-1], good + good,
		kv.Cursor(strings.Repeat("A", kv.MaxCursor)), kv.Cursor(strings.Repeat("A", 10_000)),
	} {
		_, err := c.store.Scan(c.ctx, c.p, "", bad, 10)
		c.wantErr(fmt.Sprintf("Scan with cursor %.40q", bad), err, kv.ErrInvalid)
	}
	if _, err := c.store.Scan(c.ctx, c.p, "", good, 10); err != nil {
		c.Errorf("Scan with a good cursor: %v", err)
	}
}

// testForeignCursor checks that the project comes from the caller and not from the cursor.
func testForeignCursor(c *client) {
	other := c.in(c.p + 1000)
	c.fill("mine", 300)
	other.fill("theirs", 300)
	page, err := c.store.Scan(c.ctx, c.p, "", "", 10)
	if err != nil {
		c.Fatal(err)
	}
	for cursor := page.Cursor; cursor != ""; cursor = page.Cursor {
		if page, err = c.store.Scan(c.ctx, other.p, "*", cursor, 100); err != nil {
			c.Fatalf("Scan with another project's cursor: %v", err)
		}
		for _, key := range page.Keys {
			if !strings.HasPrefix(string(key), "theirs") {
				c.Errorf("another project's cursor brought %q", key)
			}
		}
	}
}

// testScanLongKeys checks that a page stays far below the size that its keys could have.
func testScanLongKeys(c *client) {
	var keys []kv.Key
	for i := range 300 {
		keys = append(keys, kv.Key(fmt.Sprintf("%03d", i)+strings.Repeat("k", kv.MaxKey-3)))
	}
	for _, key := range keys {
		c.set(key, `1`)
	}
	c.wantKeys("*k", keys...)
	page, err := c.store.Scan(c.ctx, c.p, "", "", 1000)
	if err != nil {
		c.Fatal(err)
	}
	size := 0
	for _, key := range page.Keys {
		size += len(key)
	}
	if size > 8<<20 {
		c.Errorf("a page of %d MiB", size>>20)
	}
	c.wantDel(300, keys...)
}

// testScanChanging checks that keys that exist throughout are returned, while others are set and deleted.
func testScanChanging(c *client) {
	keys := c.fill("stays", 1500)
	c.fill("old", 1500)
	var got []kv.Key
	for cursor, n := kv.Cursor(""), 0; n == 0 || cursor != ""; n++ {
		page, err := c.store.Scan(c.ctx, c.p, "", cursor, 50)
		if err != nil {
			c.Fatal(err)
		}
		got, cursor = append(got, page.Keys...), page.Cursor
		for _, key := range page.Keys {
			if strings.HasPrefix(string(key), "old") {
				c.wantDel(1, key)
				break
			}
		}
		if n < 30 {
			c.fill(fmt.Sprintf("new%d.", n), 150)
		}
	}
	c.wantSome(got, keys)
}
