// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
)

// oddKeys are keys that a store must keep without interpreting them. The last can be stored by another Redis client, or
// an import.
var oddKeys = []kv.Key{
	"k", "*", "[a]", "\\", "{", "}", "{}", "{a}b", "a{b}c", " ", "\n", "\r\n", "\x00", "a\x00", "a\x00b", "'", "\"", "%s",
	":", "::", "kv:p1:a", "1:k", "!", "!:k", "..", "\u00e9", "e\u0301", "\U0001F600", "\ufeff",
	kv.Key(strings.Repeat("k", kv.MaxKey)), kv.Key(strings.Repeat("k", kv.MaxKey-1) + "l"),
	kv.Key(strings.Repeat("\x00", kv.MaxKey)), kv.Key(strings.Repeat("k", 89)), kv.Key(strings.Repeat("k", 90)),
	"", "\xff\xfe", "half \xed\xa0\x80", "\x80", kv.Key(strings.Repeat("\xff", kv.MaxKey+1)),
}

// oddTexts are what another Redis client may store.
var oddTexts = []string{
	"", " ", "plain text", "{broken", "\xff\xfe", "\x00", "a\x00b", "\r\n", ` {"a" : [1, 2]} `, "007", "1\n", `"\ud800"`,
	"$-1\r\n", strings.Repeat("\x00", 1000), strings.Repeat("[", 20_000),
}

// testRoundTrip copies every odd key and every odd text to another store.
func testRoundTrip(c *carrier) {
	var records []kv.Record
	for i, key := range oddKeys {
		r := c.record(key, fmt.Sprint(i))
		if i%3 == 0 {
			r.ExpiresAt = soon(time.Duration(i+1) * time.Hour)
		}
		records = append(records, r)
	}
	for i, text := range slices.Concat(texts, oddTexts) {
		records = append(records, c.record(kv.Key(fmt.Sprint("text", i)), text))
	}
	c.carry(records)
}

// testSizes copies values of many sizes, some of which a store may keep differently.
func testSizes(c *carrier) {
	var records []kv.Record
	for _, n := range []int{0, 1, 255, 256, 257, 4095, 4096, 64 << 10, 1 << 20, kv.RecordBytes, kv.DefaultMaxValue} {
		records = append(records, c.record(kv.Key(fmt.Sprint(n)), largeText(n + 2)[1:n+1]))
	}
	c.carry(records)
}

// testTimes checks that times to live are kept to the millisecond.
func testTimes(c *carrier) {
	var records []kv.Record
	for i := range 50 {
		r := c.record(kv.Key(fmt.Sprint("k", i)), "1")
		r.ExpiresAt = soon(time.Minute + time.Duration(i)*1001*time.Millisecond)
		records = append(records, r)
	}
	far := c.record("far", "1")
	far.ExpiresAt = time.UnixMilli(253402300799999).UTC()
	c.carry(append(records, far))
	to := &client{c.T, c.ctx, c.to, c.p}
	for _, r := range records {
		most := time.Until(r.ExpiresAt)
		d := to.ttl(r.Key)
		if least := time.Until(r.ExpiresAt); d < least-time.Millisecond || d > most+time.Millisecond {
			c.Errorf("%s has %v to live, want %v to %v", r.Key, d, least, most)
		}
	}
}

// testPresent checks that existing keys stay as they are, and that the others are imported.
func testPresent(c *carrier) {
	mine := []kv.Record{c.record("a", "1"), c.record("b", "2"), c.record("e", "")}
	mine[1].ExpiresAt = soon(time.Hour)
	c.put(c.from, mine)
	theirs := []kv.Record{
		c.record("new", "9"), c.record("a", "9"), c.record("b", "9"), c.record("newer", "9"), c.record("a", "1"), c.record("e", "9"),
	}
	theirs[0].ExpiresAt, theirs[1].ExpiresAt = soon(time.Hour), soon(time.Hour)
	c.put(c.from, theirs, 1, 2, 4, 5)
	c.wantRecords(c.from, append(mine, theirs[0], theirs[3]))
	c.put(c.from, theirs, 0, 1, 2, 3, 4, 5)
	c.wantRecords(c.from, append(mine, theirs[0], theirs[3]))
}

// testExpiredRecords checks that expired records are neither stored nor present.
func testExpiredRecords(c *carrier) {
	c.put(c.from, []kv.Record{c.record("there", "1")})
	old := []kv.Record{c.record("there", "9"), c.record("gone", "9"), c.record("longer", "9"), c.record("new", "1")}
	old[0].ExpiresAt, old[1].ExpiresAt = soon(-time.Millisecond), soon(-time.Millisecond)
	old[2].ExpiresAt = time.UnixMilli(1).UTC()
	c.put(c.from, old)
	c.put(c.from, old[:3])
	none := []kv.Record{c.record("gone", ""), c.record("longer", "")}
	for i := range none {
		none[i].Text, none[i].Type = nil, kv.NoType
	}
	c.wantRecords(c.from, append([]kv.Record{c.record("there", "1"), c.record("new", "1")}, none...))
}

// testExpiredKeys checks that expired keys are not exported and not found, and do not block an import.
func testExpiredKeys(c *carrier) {
	soonGone, longer := c.record("k", "1"), c.record("longer", "1")
	soonGone.ExpiresAt, longer.ExpiresAt = soon(300*time.Millisecond), soon(time.Hour)
	c.put(c.from, []kv.Record{soonGone, longer})
	c.wait(soonGone.ExpiresAt)
	if diff := diffRecords(c.export(c.from, c.p), byName([]kv.Record{longer})); diff != "" {
		c.Errorf("Export: (-got +want)\n%s", diff)
	}
	c.wantRecords(c.from, []kv.Record{{Project: c.p, Key: "k", Type: kv.NoType}})
	c.put(c.from, []kv.Record{c.record("k", "2")})
	c.wantRecords(c.from, []kv.Record{c.record("k", "2"), longer})
}

// testLookup checks the order, keys given twice, and missing keys.
func testLookup(c *carrier) {
	a, b := c.record("a", "1"), c.record("b", "")
	b.ExpiresAt = soon(time.Hour)
	none := kv.Record{Project: c.p, Key: "none", Type: kv.NoType}
	other := kv.Record{Project: c.p + 500, Key: "a", Type: kv.NoType}
	c.put(c.from, []kv.Record{a, b})
	c.wantRecords(c.from, []kv.Record{none, b, a, none, b, other})
	asked := []kv.Record{{Project: c.p, Key: "b", Text: []byte("other"), Type: "list", Dump: []byte("x")}}
	if diff := diffRecords(c.lookup(c.from, asked), []kv.Record{b}); diff != "" {
		c.Errorf("Lookup of a record with another value: (-got +want)\n%s", diff)
	}
	if found, err := c.from.Lookup(c.ctx, nil); len(found) != 0 || err != nil {
		c.Errorf("Lookup of nothing: %v, %v", found, err)
	}
	if present, err := c.from.Import(c.ctx, nil); len(present) != 0 || err != nil {
		c.Errorf("Import of nothing: %v, %v", present, err)
	}
}

// testLookupTooLarge checks that no more is loaded at once than an answer may hold, unless it is one key.
func testLookupTooLarge(c *carrier) {
	large := c.record("large", largeText(kv.DefaultMaxAnswer+1))
	c.put(c.from, []kv.Record{large})
	_, err := c.from.Lookup(c.ctx, []kv.Record{c.record("large", ""), c.record("none", "")})
	c.wantErr("Lookup of 16 MiB and more", err, kv.ErrTooLarge)
	c.wantRecords(c.from, []kv.Record{large})
	c.wantDel(1, "large")
}

// testNoJSON checks that requests see a text that is not JSON as a string, and JSON in compact form.
func testNoJSON(c *carrier) {
	for i, text := range slices.Concat(oddTexts, texts) {
		key := kv.Key(fmt.Sprint("k", i))
		c.put(c.from, []kv.Record{c.record(key, text)})
		want := string(kv.Stored([]byte(text)))
		c.wantValue(key, want)
		c.wantMGet([]kv.Key{key, "none"}, want, missing)
	}
	c.put(c.from, []kv.Record{c.record("n", "41")})
	c.wantIncr("n", 1, 0, 42)
}

// testNoNames checks that requests do not see keys that no request can name, and that these are deleted with the project.
func testNoNames(c *carrier) {
	c.put(c.from, []kv.Record{c.record("", "1"), c.record("\xff\xfe", "1"), c.record("a", "1"), c.record("b\x80", "1"),
		c.record(kv.Key(strings.Repeat("k", kv.MaxKey+1)), "1"), c.record("z", "1")})
	for _, limit := range []int{1, 2, 100} {
		if diff := cmp.Diff(c.scan("", limit), []kv.Key{"a", "z"}); diff != "" {
			c.Errorf("Scan, %d a page: (-got +want)\n%.1000s", limit, diff)
		}
	}
	if err := c.store.DeleteProject(c.ctx, c.p); err != nil {
		c.Fatal(err)
	}
	if left := c.export(c.from, c.p); len(left) != 0 {
		c.Errorf("%d keys are left of a deleted project", len(left))
	}
}

// testRefusedRecords checks that records of no project, and of a type that no store has, are refused with all records of
// the same call.
func testRefusedRecords(c *carrier) {
	good := c.record("good", "1")
	for _, p := range []kv.ProjectID{0, -1, -c.p, kv.MaxProjectID + 1} {
		_, err := c.from.Import(c.ctx, []kv.Record{good, {Project: p, Key: "k", Text: []byte("1")}})
		c.wantErr(fmt.Sprintf("Import into project %d", p), err, kv.ErrInvalid)
		_, err = c.from.Lookup(c.ctx, []kv.Record{good, {Project: p, Key: "k"}})
		c.wantErr(fmt.Sprintf("Lookup in project %d", p), err, kv.ErrInvalid)
	}
	if c.from.Takes(kv.NoType) || !c.from.Takes("") {
		c.Errorf("Takes: a string %v, nothing %v", c.from.Takes(""), c.from.Takes(kv.NoType))
	}
	_, err := c.from.Import(c.ctx, []kv.Record{good, {Project: c.p, Key: "k", Type: kv.NoType}})
	c.wantErr("Import of nothing", err, kv.ErrNotSupported)
	c.wantRecords(c.from, []kv.Record{{Project: c.p, Key: "good", Type: kv.NoType}, {Project: c.p, Key: "k", Type: kv.NoType}})
}

// testOutcomes checks that the stored outcomes of idempotent calls are not exported as keys.
func testOutcomes(c *carrier) {
	for i := range 10 {
		id := identity(fmt.Sprint("id", i), "r")
		if _, err := c.from.Idempotent(id).Incr(c.ctx, c.p, "n", 1, 0); err != nil {
			c.Fatal(err)
		}
	}
	if diff := diffRecords(c.export(c.from, c.p), byName([]kv.Record{c.record("n", "10")})); diff != "" {
		c.Errorf("Export: (-got +want)\n%s", diff)
	}
	if got := c.export(c.from, -c.p); len(got) != 0 {
		c.Errorf("Export of a project without keys: %v", got)
	}
}

// testExportEnds checks what ends an export before it is complete.
func testExportEnds(c *carrier) {
	c.fill("k", 3000)
	odd, calls := errors.New("odd"), 0
	err := c.from.Export(c.ctx, c.p, func([]kv.Record) error { calls++; return odd })
	if c.wantErr("Export into what fails", err, odd); calls != 1 {
		c.Errorf("%d calls after the first failed", calls-1)
	}
	ended := c.ended()
	c.wantErr("Export, ended", c.from.Export(ended, c.p, func([]kv.Record) error { return nil }), kv.ErrTimeout)
	_, err = c.from.Import(ended, []kv.Record{c.record("new", "1")})
	c.wantErr("Import, ended", err, kv.ErrTimeout)
	_, err = c.from.Lookup(ended, []kv.Record{c.record("new", "1")})
	c.wantErr("Lookup, ended", err, kv.ErrTimeout)
	c.wantExists(0, "new")
}
