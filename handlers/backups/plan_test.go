// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

// run lets the plan be carried out until the test ends.
func (w *world) run() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	w.t.Cleanup(func() { stop(); <-ended })
}

// plan sets what is planned, and looks at it now.
func (w *world) plan(every time.Duration, keep int) {
	w.t.Helper()
	if _, err := w.SetPlan(w.t.Context(), func(p *kv.BackupPlan) { p.Every, p.Keep = every, keep }); err != nil {
		w.t.Fatal(err)
	}
}

// age makes what is planned lie so far back.
func (w *world) age(by time.Duration) {
	w.t.Helper()
	if _, err := w.SetPlan(w.t.Context(), func(p *kv.BackupPlan) {
		p.Since, p.LastAttempt, p.LastSuccess = p.Since.Add(-by), p.LastAttempt.Add(-by), p.LastSuccess.Add(-by)
	}); err != nil {
		w.t.Fatal(err)
	}
}

// scheduled returns the backups that the plan made, newest first.
func (w *world) scheduled() (made []backups.Manifest) {
	w.t.Helper()
	all, err := w.List(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range all {
		if m.Trigger == backups.Scheduled {
			made = append(made, m)
		}
	}
	return made
}

// TestPlan makes backups by itself, and keeps as many as it should, and all that were made by hand.
func TestPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kv.Embedded, t.TempDir())
	w.project("one", map[kv.Key]string{"a": `1`})
	byHand := w.create(0)
	w.run()
	w.plan(24*time.Hour, 2)
	var last string
	for n := 1; n <= 4; n++ {
		eventually(t, "another backup", func() bool {
			made := w.scheduled()
			return len(made) == min(n, 2) && (n == 1 || made[0].ID != last)
		})
		last = w.scheduled()[0].ID
		eventually(t, "the plan tells of it", func() bool {
			p, err := w.Plan(t.Context())
			return err == nil && p.LastError == "" && !p.LastSuccess.Before(p.LastAttempt) && p.Next().After(time.Now())
		})
		w.age(24 * time.Hour)
	}
	if _, err := w.Backup(t.Context(), byHand.ID); err != nil {
		t.Errorf("the one made by hand: %v", err)
	}
}

// full are files on a disk that takes no more once it holds some bytes.
type full struct {
	kv.BackupFiles
	room atomic.Int64
}

func (f *full) Create(ctx context.Context, name string) (kv.BackupFile, error) {
	file, err := f.BackupFiles.Create(ctx, name)
	return &fullFile{file, f}, err
}

type fullFile struct {
	kv.BackupFile
	disk *full
}

func (f *fullFile) Write(p []byte) (int, error) {
	if f.disk.room.Add(-int64(len(p))) < 0 {
		return 0, kv.Refuse(kv.ErrStorageFull, "the disk of backups is full")
	}
	return f.BackupFile.Write(p)
}

// TestFullDisk leaves nothing of a backup that fails, wherever it does, and says so until one succeeds.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	disk := &full{BackupFiles: dir.New(kept)}
	w := newWorldWith(t, kv.Embedded, disk, kept)
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
	w.run()
	w.plan(time.Hour, 0)
	eventually(t, "the plan tells of the failure", func() bool {
		p, err := w.Plan(t.Context())
		return err == nil && strings.Contains(p.LastError, "disk of backups is full")
	})
	disk.room.Store(1 << 20)
	w.age(time.Hour)
	eventually(t, "the plan tells of the success", func() bool {
		p, err := w.Plan(t.Context())
		return err == nil && p.LastError == "" && !p.LastSuccess.IsZero()
	})
}
