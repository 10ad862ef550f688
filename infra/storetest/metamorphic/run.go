// SPDX-License-Identifier: Apache-2.0

package metamorphic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// onceKey is the key that all idempotent calls increment.
const onceKey = kv.Key("a")

// call is a step that was made, and its answer. begin and end are of a clock that counts beginnings and ends.
type call struct {
	step
	client     int
	output     []string // one for each part: see parts
	begin, end int64
}

// runner runs one program.
type runner struct {
	store   kv.Store
	project kv.ProjectID
	clock   atomic.Int64
	// deleting is held for reading by each call that changes keys: a deletion of the project has its effect on a key once
	// only if there are none.
	deleting sync.RWMutex
}

// run runs the program and returns what was answered.
func run(ctx context.Context, s kv.Store, project kv.ProjectID, p program) *history {
	r := &runner{store: s, project: project}
	var mu sync.Mutex
	var all sync.WaitGroup
	h := &history{}
	for client, steps := range p {
		all.Go(func() {
			for _, one := range steps {
				c, err := r.call(ctx, client, one)
				mu.Lock()
				if h.calls = append(h.calls, c); err != nil {
					h.errs = append(h.errs, fmt.Errorf("client %d: %s: %w", client, one, err))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.SortFunc(h.calls, func(a, b call) int { return int(a.begin - b.begin) })
	return h
}

// call makes one step.
func (r *runner) call(ctx context.Context, client int, s step) (call, error) {
	switch {
	case s.op == deleteProject:
		r.deleting.Lock()
		defer r.deleting.Unlock()
	case s.op >= set:
		r.deleting.RLock()
		defer r.deleting.RUnlock()
	}
	c := call{step: s, client: client, begin: r.clock.Add(1)}
	var err error
	if s.op < set {
		c.output, err = r.read(ctx, s)
	} else {
		c.output, err = r.write(ctx, s)
	}
	c.end = r.clock.Add(1)
	return c, err
}

// none stands for a key that is not there.
const none = "-"

// valueText returns a value as the model has it.
func valueText(v []byte) string {
	if v == nil {
		return none
	}
	return string(v)
}

func yesNo(yes bool) string { return map[bool]string{true: "1", false: "0"}[yes] }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// keysOf returns the keys of a step.
func keysOf(s step) (all []kv.Key) {
	for _, k := range s.keys {
		all = append(all, keys[k])
	}
	return all
}

// read makes a call that changes nothing.
func (r *runner) read(ctx context.Context, s step) ([]string, error) {
	switch some := keysOf(s); s.op {
	case get:
		v, err := r.store.Get(ctx, r.project, some[0])
		return []string{valueText(v)}, err
	case mget:
		values, err := r.store.MGet(ctx, r.project, some)
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = valueText(v)
		}
		return []string{strings.Join(texts, " ")}, err
	case exists:
		n, err := r.store.Exists(ctx, r.project, some)
		return []string{number(n)}, err
	case ttl:
		d, err := r.store.TTL(ctx, r.project, some[0])
		return []string{ttlText(d)}, err
	case lookup:
		return r.lookup(ctx, some)
	case scan:
		return r.scan(ctx)
	}
	return r.export(ctx)
}

// ttlText says only whether there is a time to live: all are long.
func ttlText(d time.Duration) string {
	switch d {
	case kv.NoKey:
		return none
	case kv.NoExpiry:
		return "0"
	}
	return "1"
}

func (r *runner) lookup(ctx context.Context, some []kv.Key) (output []string, err error) {
	records := make([]kv.Record, len(some))
	for i, key := range some {
		records[i] = kv.Record{Project: r.project, Key: key}
	}
	found, err := r.store.Lookup(ctx, records)
	for _, record := range found {
		output = append(output, valueText(record.Text))
	}
	return output, err
}

func (r *runner) scan(ctx context.Context) ([]string, error) {
	output := slices.Repeat([]string{"0"}, len(keys))
	for cursor, first := kv.Cursor(""), true; first || cursor != ""; first = false {
		page, err := r.store.Scan(ctx, r.project, "", cursor, 2)
		if err != nil {
			return output, err
		}
		for _, key := range page.Keys {
			output[slices.Index(keys[:], key)] = "1"
		}
		cursor = page.Cursor
	}
	return output, nil
}

func (r *runner) export(ctx context.Context) ([]string, error) {
	output := slices.Repeat([]string{none}, len(keys))
	err := r.store.Export(ctx, r.project, func(records []kv.Record) error {
		for _, record := range records {
			output[slices.Index(keys[:], record.Key)] = valueText(record.Text)
		}
		return nil
	})
	return output, err
}

// write makes a call that may change keys.
func (r *runner) write(ctx context.Context, s step) ([]string, error) {
	switch some := keysOf(s); s.op {
	case set:
		ok, err := r.store.Set(ctx, r.project, some[0], kv.Value(s.value), s.options)
		return []string{yesNo(ok)}, err
	case mset:
		var entries []kv.Entry
		for _, key := range some {
			entries = append(entries, kv.Entry{Key: key, Value: kv.Value(s.value), TTL: s.ttl})
		}
		return []string{""}, r.store.MSet(ctx, r.project, entries)
	case del:
		n, err := r.store.Del(ctx, r.project, some)
		return []string{number(n)}, err
	case incr:
		n, err := r.store.Incr(ctx, r.project, some[0], 1, s.ttl)
		return sum(n, err)
	case incrOnce:
		id := &kv.Idempotency{Key: fmt.Sprint("request ", s.keys[0]), TTL: time.Hour}
		n, err := r.store.Idempotent(id).Incr(ctx, r.project, onceKey, 1, 0)
		return sum(n, err)
	case expire:
		ok, err := r.store.Expire(ctx, r.project, some[0], s.ttl)
		return []string{yesNo(ok)}, err
	case persist:
		ok, err := r.store.Persist(ctx, r.project, some[0])
		return []string{yesNo(ok)}, err
	case importKeys:
		return r.importKeys(ctx, s, some)
	}
	return slices.Repeat([]string{""}, len(keys)+ids), r.store.DeleteProject(ctx, r.project)
}

// notInteger is the answer of an increment of another value.
const notInteger = "not an integer"

func sum(n int64, err error) ([]string, error) {
	if errors.Is(err, kv.ErrNotInteger) {
		return []string{notInteger}, nil
	}
	return []string{number(n)}, err
}

func (r *runner) importKeys(ctx context.Context, s step, some []kv.Key) (output []string, err error) {
	var records []kv.Record
	for _, key := range some {
		records = append(records, kv.Record{Project: r.project, Key: key, Text: []byte(s.value)})
	}
	present, err := r.store.Import(ctx, records)
	for i := range records {
		output = append(output, yesNo(!slices.Contains(present, i)))
	}
	return output, err
}
