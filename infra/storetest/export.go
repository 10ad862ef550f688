// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// testExportProjects checks that projects with similar ids are not mixed up.
func testExportProjects(c *carrier) {
	var all []kv.Record
	of := map[kv.ProjectID][]kv.Record{}
	for i, p := range alike {
		for _, key := range []kv.Key{"k", "1:k", ":k", "*", "kv:p11:k", "1", "11:k", ""} {
			r := kv.Record{Project: p, Key: key, Text: []byte(strconv.Itoa(i))}
			of[p], all = append(of[p], r), append(all, r)
		}
	}
	c.put(c.from, all)
	for _, p := range alike {
		if diff := diffRecords(c.export(c.from, p), byName(of[p])); diff != "" {
			c.Errorf("Export of project %d: (-got +want)\n%.2000s", p, diff)
		}
	}
	if got := c.export(c.from, 12); len(got) != 0 {
		c.Errorf("Export of a project without keys: %v", got)
	}
	exported := c.export(c.from, 0)
	if diff := diffRecords(exported, byName(all)); diff != "" {
		c.Errorf("Export of all: (-got +want)\n%.2000s", diff)
	}
	c.put(c.to, of[11])
	if diff := diffRecords(c.export(c.to, 0), byName(of[11])); diff != "" {
		c.Errorf("after an Import of project 11: (-got +want)\n%.2000s", diff)
	}
	c.put(c.to, all, 8, 9, 10, 11, 12, 13, 14, 15)
	c.wantRecords(c.to, all)
}

// testBounds has more keys, and more bytes, than fit into a batch: export checks each batch.
func testBounds(c *carrier) {
	var records []kv.Record
	for i := range 2500 {
		records = append(records, c.record(kv.Key(fmt.Sprintf("small%04d", i)), strings.Repeat("s", i)))
	}
	for i := range 9 {
		records = append(records, c.record(kv.Key(fmt.Sprintf("mega%d", i)), largeText(1<<20)))
	}
	records = append(records, c.record("alone", largeText(kv.RecordBytes+1)))
	c.carry(records)
	if n := len(c.export(c.from, 0)); n != len(records) {
		c.Errorf("Export of all brings %d keys, want %d", n, len(records))
	}
}

// testExportChanging checks that each key that exists throughout is exported, while others are set, changed and deleted;
// and that an export which claims to be of one moment is: it has the transactions of a writer up to one of them, and no
// part of the next.
func testExportChanging(c *carrier) {
	keys := c.fill("stays", 4000)
	ctx, stop := context.WithCancel(c.ctx)
	var writers sync.WaitGroup
	defer writers.Wait()
	defer stop()
	progress := make(chan int, 1)
	writers.Go(func() { c.writeInOrder(ctx, progress) })
	writers.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			key := keys[i%len(keys)]
			_, _ = c.from.Set(ctx, c.p, key, kv.Value(`2`), kv.SetOptions{TTL: time.Hour})
			_, _ = c.from.Persist(ctx, c.p, key)
		}
	})
	for range 5 {
		<-progress // so that each export sees another state
		got := c.export(c.from, c.p)
		for _, key := range keys {
			if r, ok := got[nameOf(c.record(key, ""))]; !ok || len(r.Text) != 1 {
				c.Errorf("%s existed throughout and was exported as %q", key, r.Text)
			}
		}
		if c.from.PointInTime() {
			c.wantMoment(got)
		}
	}
}

// writeInOrder stores, in each transaction, its number at both ends of the project, and a key with that number in
// between. It deletes the key of the transaction before the last.
func (c *carrier) writeInOrder(ctx context.Context, progress chan<- int) {
	for n := 0; ctx.Err() == nil; n++ {
		v := kv.Value(strconv.Itoa(n))
		err := c.from.MSet(ctx, c.p, []kv.Entry{
			{Key: "a", Value: v}, {Key: kv.Key(fmt.Sprintf("n%06d", n)), Value: v}, {Key: "z", Value: v},
		})
		if err != nil && ctx.Err() == nil {
			c.Errorf("MSet: %v", err)
		}
		select {
		case progress <- n:
		default:
		}
	}
}

// wantMoment checks that an export holds what writeInOrder had stored at one moment.
func (c *carrier) wantMoment(got map[string]kv.Record) {
	c.Helper()
	text := func(key kv.Key) string { return string(got[nameOf(c.record(key, ""))].Text) }
	if text("a") != text("z") {
		c.Errorf("an export of one moment has %s at one end and %s at the other", text("a"), text("z"))
	}
	last, err := strconv.Atoi(text("a"))
	if err != nil {
		c.Errorf("an export has %q at its beginning", text("a"))
	}
	n := 0
	for _, r := range got {
		if strings.HasPrefix(string(r.Key), "n0") {
			n++
		}
	}
	if n != last+1 || text(kv.Key(fmt.Sprintf("n%06d", last))) != text("a") {
		c.Errorf("an export of the moment after write %d has %d of these writes", last, n)
	}
}

// testPortableClosed closes a store during an export, which ends, and checks that calls are refused after that.
func testPortableClosed(c *carrier) {
	c.fill("k", 5000)
	began, closed := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		<-began
		closed <- c.from.Close()
	}()
	err := c.from.Export(c.ctx, 0, func([]kv.Record) error {
		once.Do(func() {
			close(began)
			c.eventually("the store to be closed", func() bool {
				_, err := c.from.Exists(c.ctx, c.p, []kv.Key{"k00000"})
				return err != nil
			})
		})
		return nil
	})
	c.wantErr("Export while the store is closed", err, kv.ErrUnavailable)
	if err := <-closed; err != nil {
		c.Errorf("Close: %v", err)
	}
	c.wantErr("Export after Close", c.from.Export(c.ctx, 0, func([]kv.Record) error { return nil }), kv.ErrUnavailable)
	_, err = c.from.Import(c.ctx, []kv.Record{c.record("k", "1")})
	c.wantErr("Import after Close", err, kv.ErrUnavailable)
	_, err = c.from.Lookup(c.ctx, []kv.Record{c.record("k", "1")})
	c.wantErr("Lookup after Close", err, kv.ErrUnavailable)
}
