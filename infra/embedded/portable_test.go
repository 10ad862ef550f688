// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/storetest"
)

func TestPortable(t *testing.T) {
	t.Parallel()
	storetest.RunPortable(t, func(t *testing.T) (from, to kv.Store) {
		return open(t, t.TempDir(), embedded.Config{}), open(t, t.TempDir(), embedded.Config{})
	})
}

// records returns n records of project 1 with texts of that size.
func records(n, size int) []kv.Record {
	all := make([]kv.Record, n)
	for i := range all {
		all[i] = kv.Record{Project: 1, Key: keyOf(i), Text: valueOf(size)}
	}
	return all
}

// An import that does not fit stores nothing, and one that does counts towards the limit and the usage of the project.
func TestImportCounts(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{MaxMemory: 10_000})
	ctx := t.Context()
	usage := func() kv.Usage {
		t.Helper()
		u, err := s.Usage(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	usage()
	if _, err := s.Import(ctx, records(10, 1000)); !errors.Is(err, kv.ErrOutOfMemory) {
		t.Errorf("Import of more than there is room for: %v", err)
	}
	if got := usage(); got != (kv.Usage{}) {
		t.Errorf("what was refused counts: %+v", got)
	}
	for _, want := range []int{0, 9} { // the second time they exist, and need no room
		if present, err := s.Import(ctx, records(9, 1000)); len(present) != want || err != nil {
			t.Errorf("Import: %v present, %v, want %d", present, err, want)
		}
	}
	want := kv.Usage{Keys: 9, Bytes: int64(9 * (64 + len(keyOf(0)) + 1000))}
	if diff := cmp.Diff(usage(), want); diff != "" {
		t.Errorf("usage: (-got +want)\n%s", diff)
	}
}

// Only Redis has other types: they are refused by name, with all records of the same call.
func TestImportOfOtherTypes(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	some := append(records(2, 10), kv.Record{Project: 1, Key: "z", Type: "zset", Dump: []byte("dump")})
	_, err := s.Import(t.Context(), some)
	want := kv.Refuse(kv.ErrNotSupported, `a key of type "zset" is not supported by the embedded engine, which keeps strings alone`)
	if diff := cmp.Diff(fmt.Sprint(err), want.Error()); diff != "" || !errors.Is(err, kv.ErrNotSupported) {
		t.Errorf("Import of a sorted set: (-got +want)\n%s", diff)
	}
	if n, err := s.Exists(t.Context(), 1, []kv.Key{keyOf(0), keyOf(1), "z"}); n != 0 || err != nil {
		t.Errorf("%d keys of what was refused are there, %v", n, err)
	}
}

// An empty key, from an import, is removed when it expires: it has an empty name in the file.
func TestEmptyKeyIsSwept(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := kv.Record{Project: 1, Text: []byte{}, ExpiresAt: time.Now().Add(200 * time.Millisecond).Truncate(time.Millisecond)}
	if _, err := s.Import(ctx, []kv.Record{r}); err != nil {
		t.Fatal(err)
	}
	for keys := int64(1); keys > 0; {
		u, err := s.Usage(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		keys = u.Keys
	}
}

// During an export the log grows past the length at which it is trimmed; no read and no write waits for the export, and
// after it the log is trimmed.
func TestExportKeepsTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, embedded.Config{})
	all := records(kv.MaxRecords+1, 100) // at the first call of f, the last is still to be read
	for _, some := range [][]kv.Record{all[1:], all[:1]} {
		if _, err := s.Import(t.Context(), some); err != nil {
			t.Fatal(err)
		}
	}
	const long = 70 << 20               // beyond what SQLite keeps of a log that it restarts
	const sqliteWaits = 5 * time.Second // for the export, if it has to
	writes, slow := 0, 0
	grow := func() int64 {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		defer func() {
			if writes++; time.Since(began) >= sqliteWaits {
				slow++
			}
			if slow > max(5, writes/2) { // a busy machine may hold up a few
				t.Fatalf("%d of %d writes took as long as SQLite waits", slow, writes)
			}
		}()
		if _, err := s.Set(ctx, 2, "large", valueOf(1<<20), kv.SetOptions{}); err != nil {
			t.Fatalf("Set: %v", err)
		}
		if _, err := s.Get(ctx, 2, "none"); err != nil {
			t.Fatalf("Get: %v", err)
		}
		fi, err := os.Stat(filepath.Join(dir, "data.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return fi.Size()
	}
	keys := 0
	err := s.Export(t.Context(), 0, func(some []kv.Record) error {
		if keys += len(some); keys == len(all) {
			return nil
		}
		for grow() < long {
		}
		return untrimmed(t, s, func() bool { return grow() >= long })
	})
	if err != nil || keys != len(all) {
		t.Fatalf("Export: %d keys, %v", keys, err)
	}
	for deadline := time.Now().Add(time.Minute); grow() > long; {
		if time.Now().After(deadline) {
			t.Fatal("the log stays long")
		}
	}
}

// untrimmed returns an error unless the log stays long while maintenance comes by three times: each time it deletes what
// expired, and then trims the log.
func untrimmed(t *testing.T, s *embedded.Store, long func() bool) error {
	for range 3 {
		expires := kv.SetOptions{TTL: time.Millisecond}
		if _, err := s.Set(t.Context(), 3, "expires", kv.Value(`1`), expires); err != nil {
			return err
		}
		for keys, deadline := int64(1), time.Now().Add(time.Minute); keys > 0; {
			if !long() {
				return errors.New("the log was cut short")
			}
			u, err := s.Usage(t.Context(), 3)
			if err != nil {
				return err
			}
			if keys = u.Keys; time.Now().After(deadline) {
				return errors.New("an expired key is not deleted")
			}
		}
	}
	return nil
}

// Exports take no reader from others, however many there are.
func TestExportsLeaveReaders(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{})
	if _, err := s.Import(t.Context(), records(10, 100)); err != nil {
		t.Fatal(err)
	}
	const exports = 8
	began, end, ended := make(chan struct{}, exports), make(chan struct{}), make(chan error, exports)
	for range exports {
		go func() {
			ended <- s.Export(t.Context(), 1, func([]kv.Record) error { began <- struct{}{}; <-end; return nil })
		}()
	}
	<-began
	if idle := s.Stats().Pools[0]; idle.Idle != idle.Open {
		t.Errorf("%d of %d readers are left during the exports", idle.Idle, idle.Open)
	}
	close(end)
	for range exports {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkExport and BenchmarkImport measure 1000 keys.
func BenchmarkExport(b *testing.B) {
	for _, size := range []int{100, 1000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := storeOf(b, 1000, size)
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				err := s.Export(b.Context(), 0, func(some []kv.Record) error { n += len(some); return nil })
				if err != nil || n != 1000 {
					b.Fatalf("%d keys, %v", n, err)
				}
			}
		})
	}
}

func BenchmarkImport(b *testing.B) {
	for _, size := range []int{100, 1000, 4000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, some := storeOf(b, 1, 2), records(1000, size)
			b.ReportAllocs()
			for p := kv.ProjectID(2); b.Loop(); p++ {
				for i := range some {
					some[i].Project = p
				}
				if present, err := s.Import(b.Context(), some); len(present) != 0 || err != nil {
					b.Fatal(present, err)
				}
			}
		})
	}
}
