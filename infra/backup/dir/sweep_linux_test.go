// SPDX-License-Identifier: Apache-2.0

package dir_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/backup/dir"
)

// TestSweep removes at once what a killed writer left, and nothing that others are writing or that is not ours.
func TestSweep(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d := dir.New(path)
	if err := d.Sweep(t.Context()); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	writer := child(t, path)
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "writing\n" {
		t.Fatalf("%q, %v", line, err)
	}
	theirs := names(t, path)
	ours, err := d.Create(t.Context(), "ours")
	if err != nil {
		t.Fatal(err)
	}
	// Of another machine, and of a version that held no lock.
	for _, name := range []string{".tempskv-aaaaaaaa-NEW", ".tempskv-OLD", ".other"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := names(t, path)
	if err := d.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, names(t, path)); diff != "" {
		t.Errorf("while both write: %s", diff)
	}
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Wait() // it was killed
	for _, name := range []string{".tempskv-aaaaaaaa-NEW", ".tempskv-OLD"} {
		at := time.Now().Add(10 * 365 * 24 * time.Hour) // by a clock that was wrong
		if err := os.Chtimes(filepath.Join(path, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if err := ours.Commit(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{".other", "ours"}, names(t, path)); diff != "" {
		t.Errorf("what %v left: %s", theirs, diff)
	}
}

// TestSweepNextToWriters sweeps, as servers that start do, while files are begun and committed: none of them is lost.
func TestSweepNextToWriters(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d := dir.New(path)
	for i := range 500 {
		var sweeping sync.WaitGroup
		for range 4 {
			sweeping.Go(func() {
				if err := dir.New(path).Sweep(t.Context()); err != nil {
					t.Errorf("Sweep: %v", err)
				}
			})
		}
		f, err := d.Create(t.Context(), fmt.Sprint("backup-", i))
		if err == nil {
			err = f.Commit()
		}
		sweeping.Wait()
		if err != nil {
			t.Fatalf("file %d: %v", i, err)
		}
	}
	if got := len(names(t, path)); got != 500 {
		t.Errorf("%d files are there, want 500", got)
	}
}
