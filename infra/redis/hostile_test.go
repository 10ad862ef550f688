// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// hostile are replies that would make a client allocate more than there is, or read without an end.
var hostile = map[string]string{
	"string": "$1099511627776\r\n", "array": "*9223372036854775807\r\n", "large array": "*99999999\r\n",
	"array in an array": "*1\r\n*1099511627776\r\n", "string in an array": "*2\r\n:1\r\n$1099511627776\r\n",
	"map": "%1099511627776\r\n", "set": "~1099511627776\r\n", "push": ">1099511627776\r\n",
	"attributes": "|1099511627776\r\n", "attributes without an end": strings.Repeat("|0\r\n", 1000),
	"verbatim string": "=1099511627776\r\n", "error": "!1099511627776\r\n", "depth": strings.Repeat("*1\r\n", 100_000),
	"line": "+" + strings.Repeat("a", 100_000), "number": "(" + strings.Repeat("1", 100_000),
}

// checkHostile checks the error for one of these replies: it names what is announced, unless the client looks for something
// else and fails before.
func checkHostile(t *testing.T, what, reply string, err error) {
	t.Helper()
	nested := strings.HasPrefix(reply, "*1\r\n") || strings.HasPrefix(reply, "*2\r\n")
	if !errors.Is(err, kv.ErrUnavailable) || !nested && !strings.Contains(err.Error(), " are read") {
		t.Errorf("%s: %v, want what is announced", what, err)
	}
}

// TestHostileOpen connects to servers that answer everything with such a reply, also as Sentinels and as Clusters.
func TestHostileOpen(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		f := newFake(t, nil)
		f.always = text
		for _, query := range []string{"", "?cluster=true", "?sentinel=mymaster"} {
			t.Run(name+query, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				s, err := redis.Open(ctx, patient(redis.Config{URL: "redis://" + f.addr + "/" + query}))
				if err == nil {
					_ = s.Close()
				}
				checkHostile(t, "Open", text, err)
			})
		}
	}
}

// TestHostile makes calls to servers that give such a reply to what follows.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(string, int) string { return text })
			s := open(t, redis.Config{URL: "redis://" + f.addr, Coalesce: true})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			for call, do := range map[string]func() error{
				"Get":      func() error { _, err := s.Get(ctx, 1, "k"); return err },
				"MGet":     func() error { _, err := s.MGet(ctx, 1, []kv.Key{"a", "b"}); return err },
				"Describe": func() error { _, err := s.Describe(ctx, 1, []kv.Key{"a", "b"}); return err },
				"Exists":   func() error { _, err := s.Exists(ctx, 1, []kv.Key{"a", "b"}); return err },
			} {
				checkHostile(t, call, text, do())
			}
			if _, err := s.Set(ctx, 1, "k", kv.Value("1"), kv.SetOptions{}); !errors.Is(err, kv.ErrOutcomeUnknown) {
				t.Errorf("Set: %v, want an unknown outcome", err)
			}
		})
	}
}

// TestHostileScan reads the keys of a server that gives such a reply to SCAN.
func TestHostileScan(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, nil)
			f.scanned = text
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			s, err := redis.OpenSource(ctx, patient(redis.Config{URL: "redis://" + f.addr}))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			checkHostile(t, "SCAN", text, s.Walk(ctx, "", func([]kv.Record) error { return nil }))
		})
	}
}

// TestHostileValues reads a key of a server that gives such a reply to the script that loads it, whose reply may be of any form.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(line string, _ int) string {
				if strings.HasPrefix(line, "eval") {
					return text
				}
				return ":1\r\n"
			})
			f.scanned = "*2\r\n" + bulk("0") + "*1\r\n" + bulk("k")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			s, err := redis.OpenSource(ctx, patient(redis.Config{URL: "redis://" + f.addr}))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			err = s.Walk(ctx, "", func([]kv.Record) error { return nil })
			if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), " are read") {
				t.Errorf("EVAL: %v, want what is announced", err)
			}
		})
	}
}

// TestLongForeignValue reads a value of another client that is far beyond the limit from many goroutines at once, next to
// other calls, which all succeed.
func TestLongForeignValue(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true, MaxAnswer: 1 << 20}), server.Client()
	for _, key := range []string{"kv:p1:a", "kv:p1:b"} {
		if err := c.SetRange(t.Context(), key, 2<<20, "x").Err(); err != nil {
			t.Fatal(err)
		}
	}
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			if _, err := s.Get(t.Context(), 1, kv.Key([]string{"a", "b"}[i%2])); !errors.Is(err, kv.ErrTooLarge) {
				t.Errorf("Get of 2 MiB: %v, want %v", err, kv.ErrTooLarge)
			}
		})
		calls.Go(func() {
			if _, err := s.Set(t.Context(), 2, kv.Key(fmt.Sprint(i)), kv.Value("1"), kv.SetOptions{}); err != nil {
				t.Errorf("Set: %v", err)
			}
		})
	}
	calls.Wait()
}

// TestLargeTogether reads values at once that may be read, but come to more than one pipeline may reply.
func TestLargeTogether(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true, MaxReply: 3 << 20}), server.Client()
	const n, size = 20, 1 << 20
	for i := range n {
		if err := c.Set(t.Context(), fmt.Sprint("kv:p1:", i), `"`+strings.Repeat("v", size-2)+`"`, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	var calls sync.WaitGroup
	for i := range 10 * n {
		calls.Go(func() {
			if v, err := s.Get(t.Context(), 1, kv.Key(fmt.Sprint(i%n))); len(v) != size || err != nil {
				t.Errorf("Get: %d bytes, %v", len(v), err)
			}
		})
	}
	calls.Wait()
}

// TestTooLargeRecord checks that a value beyond the bound of a record is not loaded: an export names it, and a source passes
// it on without its value.
func TestTooLargeRecord(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	if err := c.SetRange(t.Context(), "kv:p7:large", kv.MaxRecordBytes, "x").Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(t.Context(), "kv:p7:small", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	err := s.Export(t.Context(), 7, func([]kv.Record) error { return nil })
	if !errors.Is(err, kv.ErrTooLarge) || !strings.Contains(err.Error(), `project 7 takes more than 64 MiB`) {
		t.Errorf("Export: %v", err)
	}
	if _, err := s.Lookup(t.Context(), []kv.Record{{Project: 7, Key: "large"}}); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("Lookup: %v", err)
	}
	source, err := redis.OpenSource(t.Context(), patient(redis.Config{URL: server.URL}))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	got := walked(t, source, "")
	if r := got["kv:p7:large"]; len(got) != 2 || r.Type != kv.TooLargeType || r.Size() != len(r.Key) || string(got["kv:p7:small"].Text) != "1" {
		t.Errorf("Walk: %d keys, %.200v", len(got), r)
	}
}
