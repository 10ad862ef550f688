// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

// run makes backups by the schedule until the test ends.
func (w *world) run(s *backups.Manager) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	w.t.Cleanup(func() { cancel(); <-ended })
}

// every sets how often a backup is made.
func (w *world) every(d time.Duration, keep int) archive.Schedule {
	w.t.Helper()
	p, err := w.SetSchedule(w.t.Context(), func(p *archive.Schedule) { p.Every, p.Keep = d, keep })
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// attempted waits until a backup by the schedule has ended, and returns what it ended in.
func (w *world) attempted() archive.Schedule {
	w.t.Helper()
	var p archive.Schedule
	eventually(w.t, "a scheduled backup", func() (ended bool) {
		var err error
		if p, err = w.Schedule(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		return !p.LastAttempt.IsZero() && (p.LastError != "" || !p.LastSuccess.Before(p.LastAttempt))
	})
	return p
}

// TestOneOfManyServers makes the backup that is due.
func TestOneOfManyServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	w.project("one", map[kv.Key]string{"a": `1`})
	w.every(time.Hour, 0)
	for range 8 {
		w.run(backups.New(backups.Config{Service: w.service, Control: w.control, Files: dir.New(w.dir), Version: "1.2.3"}))
	}
	if p := w.attempted(); p.LastError != "" {
		t.Errorf("got %+v", p)
	}
	all, err := w.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Trigger != backups.Scheduled || all[0].Keys != 1 {
		t.Errorf("got %+v, %v", all, err)
	}
}

// TestKeep keeps as many of the backups by the schedule as that says, and every other one.
func TestKeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	w.project("one", map[kv.Key]string{"a": `1`})
	manual := w.create(0)
	w.run(w.Manager)
	for n := range 4 { // each schedule that is another makes one soon
		w.every(time.Duration(n+1)*time.Hour, 2)
		if p := w.attempted(); p.LastError != "" {
			t.Fatalf("got %+v", p)
		}
		eventually(t, "two by the schedule, and the other one", func() bool {
			all, err := w.List(t.Context())
			return err == nil && len(all) == min(n+1, 2)+1
		})
	}
	if _, err := w.Backup(t.Context(), manual.ID); err != nil {
		t.Errorf("the one that was not by the schedule: %v", err)
	}
}

// age makes what is scheduled lie so far back.
func (w *world) age(by time.Duration) {
	w.t.Helper()
	if _, err := w.SetSchedule(w.t.Context(), func(p *archive.Schedule) {
		p.Since, p.LastAttempt, p.LastSuccess = p.Since.Add(-by), p.LastAttempt.Add(-by), p.LastSuccess.Add(-by)
	}); err != nil {
		w.t.Fatal(err)
	}
}

// full are files on a disk that takes no more once it holds some bytes.
type full struct {
	archive.Files
	room atomic.Int64
}

func (f *full) Create(ctx context.Context, name string) (archive.File, error) {
	file, err := f.Files.Create(ctx, name)
	return &fullFile{file, f}, err
}

type fullFile struct {
	archive.File
	disk *full
}

func (f *fullFile) Write(p []byte) (int, error) {
	if f.disk.room.Add(-int64(len(p))) < 0 {
		return 0, kv.Refuse(kv.ErrStorageFull, "the disk of backups is full")
	}
	return f.File.Write(p)
}

// TestFullDisk leaves nothing of a backup that fails, wherever it does, and says so until one succeeds.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	disk := &full{Files: dir.New(kept)}
	w := newWorldWith(t, engine.Embedded, disk, kept)
	w.project("one", map[kv.Key]string{"a": `1`})
	for _, room := range []int64{0, 300, 600} { // of about 350 and 600 bytes
		disk.room.Store(room)
		if _, err := w.Create(t.Context(), 0); !errors.Is(err, kv.ErrStorageFull) {
			t.Errorf("with %d bytes: %v", room, err)
		}
		if files, err := disk.List(t.Context()); err != nil || len(files) > 0 {
			t.Errorf("with %d bytes there are %v, %v", room, files, err)
		}
	}
	disk.room.Store(0)
	w.run(w.Manager)
	w.every(time.Hour, 0)
	eventually(t, "the schedule tells of the failure", func() bool {
		p, err := w.Schedule(t.Context())
		return err == nil && strings.Contains(p.LastError, "disk of backups is full")
	})
	disk.room.Store(1 << 20)
	w.age(time.Hour)
	eventually(t, "the schedule tells of the success", func() bool {
		p, err := w.Schedule(t.Context())
		return err == nil && p.LastError == "" && !p.LastSuccess.IsZero()
	})
}

// TestGone removes all backups that the schedule made: the status says so, until there is one again.
func TestGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	missing := func() bool {
		if _, err := w.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		return slices.Contains(codes(w.Warnings(t.Context())), engine.WarnBackupMissing)
	}
	w.every(24*time.Hour, 0)
	if missing() {
		t.Error("one is missing before the first was made")
	}
	if err := w.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := w.attempted(); p.LastError != "" || missing() {
		t.Errorf("got %+v", p)
	}
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	if !missing() {
		t.Error("all are gone, and nothing is said")
	}
	w.create(0)
	if missing() {
		t.Error("there is one again")
	}
}
