// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
)

// RunPortable runs the tests of the Portable part of a kv.Store. Open returns two stores that hold no keys, with the
// default limits; RunPortable opens one pair after the other, closes both stores, and never uses two pairs at a time.
func RunPortable(t *testing.T, open func(t *testing.T) (from, to kv.Store)) {
	for _, g := range []struct {
		name  string
		tests []portableTest
	}{
		{"Records", []portableTest{
			{"RoundTrip", testRoundTrip},
			{"Sizes", testSizes},
			{"Times", testTimes},
			{"Present", testPresent},
			{"ExpiredRecords", testExpiredRecords},
			{"ExpiredKeys", testExpiredKeys},
			{"Lookup", testLookup},
			{"LookupTooLarge", testLookupTooLarge},
			{"NoJSON", testNoJSON},
			{"NoNames", testNoNames},
			{"Refused", testRefusedRecords},
			{"Outcomes", testOutcomes},
			{"Ends", testExportEnds},
		}},
		{"Projects", []portableTest{{"Projects", testExportProjects}}},
		{"Bounds", []portableTest{{"Bounds", testBounds}}},
		{"Changing", []portableTest{{"Changing", testExportChanging}}},
		{"Closed", []portableTest{{"Closed", testPortableClosed}}},
	} {
		t.Run(g.name, func(t *testing.T) {
			from, to := open(t)
			t.Cleanup(func() { _ = to.Close() })
			runPortable(t, from, to, g.tests)
		})
	}
}

// portableTest is one test with two stores.
type portableTest struct {
	name string
	run  func(c *carrier)
}

// carrier is a client of a store whose keys are copied to another.
type carrier struct {
	*client
	from, to kv.Store
}

func runPortable(t *testing.T, from, to kv.Store, tests []portableTest) {
	plain := make([]test, len(tests))
	for i, one := range tests {
		plain[i] = test{one.name, func(c *client) { one.run(&carrier{c, from, to}) }}
	}
	runGroup(t, from, plain)
}

// record returns a record of the test's project that does not expire.
func (c *carrier) record(key kv.Key, text string) kv.Record {
	return kv.Record{Project: c.p, Key: key, Text: []byte(text)}
}

// put imports records, within the bounds of a batch, and checks which are present.
func (c *carrier) put(s kv.Store, records []kv.Record, want ...int) {
	c.Helper()
	var got []int
	for first, batch := range batches(records) {
		present, err := s.Import(c.ctx, batch)
		if err != nil {
			c.Fatalf("Import(%d records): %v", len(batch), err)
		}
		for _, i := range present {
			got = append(got, first+i)
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		c.Errorf("present: (-got +want)\n%.2000s", diff)
	}
}

// batches iterates over records in batches of the allowed size, with the index of the first of each batch.
func batches(records []kv.Record) func(yield func(int, []kv.Record) bool) {
	return func(yield func(int, []kv.Record) bool) {
		for first := 0; first < len(records); {
			end, size := first, 0
			for end < len(records) && end-first < kv.MaxRecords &&
				(end == first || size+records[end].Size() <= kv.RecordBytes) {
				size += records[end].Size()
				end++
			}
			if !yield(first, records[first:end]) {
				return
			}
			first = end
		}
	}
}

// export returns every record of a project, or of all where p is 0, by name. Of a key exported twice it has the last.
func (c *carrier) export(s kv.Store, p kv.ProjectID) map[string]kv.Record {
	c.Helper()
	all := map[string]kv.Record{}
	err := s.Export(c.ctx, p, func(records []kv.Record) error {
		size := 0
		for _, r := range records {
			size += r.Size()
			name := nameOf(r)
			if _, twice := all[name]; twice && s.PointInTime() {
				c.Errorf("%.40q came twice", name)
			}
			r.Text, r.Dump = slices.Clone(r.Text), slices.Clone(r.Dump)
			all[name] = r
		}
		if n := len(records); n < 1 || n > kv.MaxRecords || n > 1 && size > kv.RecordBytes {
			c.Errorf("a batch has %d records of %d bytes", n, size)
		}
		return nil
	})
	if err != nil {
		c.Fatalf("Export: %v", err)
	}
	return all
}

func nameOf(r kv.Record) string { return fmt.Sprintf("%d:%s", r.Project, r.Key) }

// byName returns records as export does.
func byName(records []kv.Record) map[string]kv.Record {
	all := map[string]kv.Record{}
	for _, r := range records {
		all[nameOf(r)] = r
	}
	return all
}

// lookup asks for the records, within the bounds of a batch.
func (c *carrier) lookup(s kv.Store, records []kv.Record) (found []kv.Record) {
	c.Helper()
	for _, batch := range batches(records) {
		some, err := s.Lookup(c.ctx, batch)
		if err != nil {
			c.Fatalf("Lookup(%d records): %v", len(batch), err)
		}
		found = append(found, some...)
	}
	return found
}

// wantRecords checks what is stored under the names of records.
func (c *carrier) wantRecords(s kv.Store, want []kv.Record) {
	c.Helper()
	if diff := diffRecords(c.lookup(s, want), want); diff != "" {
		c.Errorf("Lookup: (-got +want)\n%.2000s", diff)
	}
}

// diffRecords returns how records differ. It does not go through a text byte by byte, which would take seconds.
func diffRecords(got, want any) string {
	return cmp.Diff(got, want, cmp.Comparer(func(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }))
}

// carry copies the project from one store to the other, and checks at each step that it is the same.
func (c *carrier) carry(records []kv.Record) {
	c.Helper()
	c.put(c.from, records)
	c.wantRecords(c.from, records)
	exported := c.export(c.from, c.p)
	if diff := diffRecords(exported, byName(records)); diff != "" {
		c.Fatalf("Export: (-got +want)\n%.2000s", diff)
	}
	c.put(c.to, slices.Collect(maps.Values(exported)))
	c.wantRecords(c.to, records)
	if diff := diffRecords(c.export(c.to, c.p), exported); diff != "" {
		c.Errorf("Export of what was imported: (-got +want)\n%.2000s", diff)
	}
}

// soon returns the time d from now in whole milliseconds.
func soon(d time.Duration) time.Time { return time.Now().Add(d).Truncate(time.Millisecond).UTC() }

// wait returns once a time is past.
func (c *carrier) wait(until time.Time) {
	c.Helper()
	c.eventually("a time to be over", func() bool { return time.Now().After(until.Add(5 * time.Millisecond)) })
}

// ended returns a context that has ended.
func (c *carrier) ended() context.Context {
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	return ctx
}
