// SPDX-License-Identifier: Apache-2.0

// Package backuptest has the tests that every place for backups has to pass. Tests of the packages under infra/backup
// import it.
package backuptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Run runs the tests, each in the empty place that fresh makes.
func Run(t *testing.T, fresh func(t *testing.T) archive.Files) {
	for name, test := range map[string]func(r *rig){
		"Content":      content,
		"Unfinished":   unfinished,
		"Discard":      discard,
		"Taken":        taken,
		"Names":        names,
		"Absent":       absent,
		"EndedContext": endedContext,
		"EndedDuring":  endedDuring,
		"Concurrency":  concurrency,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&rig{T: t, Files: fresh(t)})
		})
	}
}

// large is more bytes than a place holds in memory.
const large = 17 << 20

// rig is one test and its place.
type rig struct {
	*testing.T
	archive.Files
}

// ok ends the test if there is an error.
func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) fails(what string, err, want error) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// refuses checks that an error says why.
func (r *rig) refuses(what string, err, want error) {
	r.Helper()
	r.fails(what, err, want)
	if refusal, ok := errors.AsType[*kv.Refusal](err); !ok || refusal.Detail == "" {
		r.Errorf("%s: %v does not say why", what, err)
	}
}

// create begins a file and writes the text to it.
func (r *rig) create(name string, text []byte) archive.File {
	r.Helper()
	f, err := r.Create(r.Context(), name)
	r.ok(err)
	// In pieces of odd sizes, which differ from those of the place.
	for rest := text; len(rest) > 0; {
		n, err := f.Write(rest[:min(len(rest), 1_000_003)])
		r.ok(err)
		rest = rest[n:]
	}
	return f
}

// read returns what is in a file.
func (r *rig) read(name string) []byte {
	r.Helper()
	f, err := r.Open(r.Context(), name)
	r.ok(err)
	defer f.Close()
	text, err := io.ReadAll(f)
	r.ok(err)
	return text
}

// listed checks the names and sizes of the files.
func (r *rig) listed(want map[string]int64) {
	r.Helper()
	list, err := r.List(r.Context())
	r.ok(err)
	got := map[string]int64{}
	for _, info := range list {
		got[info.Name] = info.Size
		if age := time.Since(info.Modified); age < -time.Minute || age > time.Hour {
			r.Errorf("%s was modified at %v", info.Name, info.Modified)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(list) != len(want) {
		r.Errorf("list (-want +got):\n%s", diff)
	}
}

// random returns bytes, the same for a seed. All parts differ, so that it is noticed if a place mixes them up.
func random(seed byte, size int) []byte {
	some := make([]byte, 65_537)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(some) // never fails
	return bytes.Repeat(some, size/len(some)+1)[:size]
}

// content writes files of all sorts of sizes: empty, small, and larger than what a place holds in memory.
func content(r *rig) {
	want := map[string]int64{}
	for i, size := range []int{0, 1, 100_000, 16 << 20, 2 * large} {
		name := fmt.Sprintf("2026-%d.kv", i)
		text := random(byte(i), size)
		r.ok(r.create(name, text).Commit())
		want[name] = int64(size)
		if !bytes.Equal(r.read(name), text) {
			r.Errorf("%d bytes were read back differently", size)
		}
	}
	r.listed(want)
	r.ok(r.Remove(r.Context(), "2026-1.kv"))
	delete(want, "2026-1.kv")
	r.listed(want)
	_, err := r.Open(r.Context(), "2026-1.kv")
	r.fails("a file that was removed", err, kv.ErrBackupNotFound)
}

func unfinished(r *rig) {
	small, huge := r.create("small", random(1, 10)), r.create("large", random(2, large))
	r.listed(map[string]int64{})
	_, err := r.Open(r.Context(), "small")
	r.fails("a file that is being written", err, kv.ErrBackupNotFound)
	r.ok(small.Commit())
	r.listed(map[string]int64{"small": 10})
	r.ok(huge.Commit())
	r.listed(map[string]int64{"small": 10, "large": large})
}

func discard(r *rig) {
	for name, size := range map[string]int{"nothing": 0, "small": 10, "large": large} {
		f := r.create(name, random(3, size))
		r.ok(f.Discard())
		r.ok(f.Discard())
		_, err := f.Write([]byte("x"))
		r.fails("Write after Discard", err, fs.ErrClosed)
		r.fails("Commit after Discard", f.Commit(), fs.ErrClosed)
	}
	r.listed(map[string]int64{})
	f := r.create("small", random(4, 10))
	r.ok(f.Commit())
	r.ok(f.Discard())
	_, err := f.Write([]byte("x"))
	r.fails("Write after Commit", err, fs.ErrClosed)
	r.listed(map[string]int64{"small": 10})
}

// taken writes two files under one name: one of them wins.
func taken(r *rig) {
	for i, size := range []int{10, large} {
		name := fmt.Sprint("a", i)
		first, second := r.create(name, random(5, size)), r.create(name, random(6, size))
		r.ok(first.Commit())
		r.refuses("the second", second.Commit(), kv.ErrConflict)
		_, err := r.Create(r.Context(), name)
		r.refuses("a third", err, kv.ErrConflict)
		if !bytes.Equal(r.read(name), random(5, size)) {
			r.Error("the file of the first was changed")
		}
	}
	// A name with the same beginning is another name.
	r.ok(r.create("a", nil).Commit())
	r.listed(map[string]int64{"a": 0, "a0": 10, "a1": large})
}

func names(r *rig) {
	for _, name := range []string{"", ".", "..", ".a", "-a", "a/b", "../a", "/a", `a\b`, "a\x00b", "ä", "a b", strings.Repeat("a", 300)} {
		_, err := r.Create(r.Context(), name)
		r.refuses("Create "+name, err, kv.ErrInvalid)
		_, err = r.Open(r.Context(), name)
		r.refuses("Open "+name, err, kv.ErrInvalid)
		r.refuses("Remove "+name, r.Remove(r.Context(), name), kv.ErrInvalid)
	}
	want := map[string]int64{}
	for _, name := range []string{"A", "0", "a..b", "20261128T125000Z.kv-", strings.Repeat("z", 200)} {
		r.ok(r.create(name, random(7, len(name))).Commit())
		want[name] = int64(len(name))
	}
	r.listed(want)
}

func absent(r *rig) {
	for range 2 {
		r.listed(map[string]int64{})
		_, err := r.Open(r.Context(), "a")
		r.fails("Open", err, kv.ErrBackupNotFound)
		r.ok(r.Remove(r.Context(), "a"))
		f := r.create("b", nil) // now there is a place, if there was none
		r.ok(f.Discard())
	}
}

// endedContext checks that a call ends with its context.
func endedContext(r *rig) {
	r.ok(r.create("a", nil).Commit())
	ended, cancel := context.WithCancel(r.Context())
	cancel()
	_, err := r.Create(ended, "b")
	r.fails("Create", err, kv.ErrTimeout)
	_, err = r.Open(ended, "a")
	r.fails("Open", err, kv.ErrTimeout)
	_, err = r.List(ended)
	r.fails("List", err, kv.ErrTimeout)
	r.fails("Remove", r.Remove(ended, "a"), kv.ErrTimeout)
	r.listed(map[string]int64{"a": 0})
}

// endedDuring ends the context of a file that is being written, and of one that is being read.
func endedDuring(r *rig) {
	text := random(8, large)
	ctx, cancel := context.WithCancel(r.Context())
	small, err := r.Create(ctx, "small")
	r.ok(err)
	huge, err := r.Create(ctx, "large")
	r.ok(err)
	_, err = huge.Write(text)
	r.ok(err)
	cancel()
	_, err = huge.Write(text)
	r.fails("Write", err, kv.ErrTimeout)
	r.fails("Commit", huge.Commit(), kv.ErrTimeout)
	r.fails("Commit", small.Commit(), kv.ErrTimeout)
	r.listed(map[string]int64{})

	r.ok(r.create("large", text).Commit())
	ctx, cancel = context.WithCancel(r.Context())
	defer cancel()
	f, err := r.Open(ctx, "large")
	r.ok(err)
	defer f.Close()
	_, err = io.ReadFull(f, make([]byte, 1000))
	r.ok(err)
	cancel()
	_, err = io.ReadAll(f)
	r.fails("Read", err, kv.ErrTimeout)
}

func concurrency(r *rig) {
	var writers sync.WaitGroup
	want := map[string]int64{}
	for i := range 4 {
		name := fmt.Sprint("file-", i)
		want[name] = int64(100_000 + i)
		writers.Go(func() {
			f, err := r.Create(r.Context(), name)
			if err == nil {
				_, err = f.Write(random(byte(i), 100_000+i))
				err = errors.Join(err, f.Commit())
			}
			_, listing := r.List(r.Context())
			if err := errors.Join(err, listing); err != nil {
				r.Error(err)
			}
		})
	}
	writers.Wait()
	r.listed(want)
	for i := range len(want) {
		if name := fmt.Sprint("file-", i); !bytes.Equal(r.read(name), random(byte(i), 100_000+i)) {
			r.Errorf("%s holds something else", name)
		}
	}
}
