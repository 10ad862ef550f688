// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

// clock is one that a test sets.
type clock struct {
	mu      sync.Mutex
	wall    time.Time
	elapsed time.Duration
}

func newClock() *clock { return &clock{wall: time.Now().Truncate(time.Millisecond)} }

func (c *clock) Wall() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall
}

func (c *clock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.elapsed
}

// advance lets time go by.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.elapsed = c.wall.Add(d), c.elapsed+d
}

// step sets the wall clock.
func (c *clock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = c.wall.Add(d)
}

// scheduled is a world whose backups go by a clock of the test.
type scheduled struct {
	*world
	clock *clock
}

func newScheduled(t *testing.T) *scheduled {
	t.Helper()
	p := &scheduled{newWorld(t, engine.Embedded, t.TempDir()), newClock()}
	p.project("one", map[kv.Key]string{"a": `1`})
	p.restart()
	return p
}

// server returns another service on the same data, by its own clock.
func (p *scheduled) server(c archive.Clock) *backups.Manager {
	return backups.New(backups.Config{
		Service: p.service, Control: p.control, Files: dir.New(p.dir), Version: "1.2.3", Clock: c,
	})
}

// restart makes the service one of a process that knows nothing of before.
func (p *scheduled) restart() { p.Manager = p.server(p.clock) }

// look has a server do what it does every few seconds, once.
func (p *scheduled) look(s *backups.Manager) {
	p.t.Helper()
	if err := s.RunDue(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// made demands that there are so many backups by the schedule, and returns them.
func (p *scheduled) made(want int, what string) []backups.Manifest {
	p.t.Helper()
	all, err := p.List(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(m backups.Manifest) bool { return m.Trigger != backups.Scheduled })
	if len(all) != want {
		p.t.Fatalf("%s: %d backups, want %d", what, len(all), want)
	}
	return all
}

// sane demands that nothing of the schedule lies further ahead than a period.
func (p *scheduled) sane(what string) {
	p.t.Helper()
	schedule, err := p.Schedule(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	if now := p.clock.Wall(); schedule.Next().After(now.Add(schedule.Every+time.Minute)) || schedule.LastSuccess.After(now.Add(time.Minute)) {
		p.t.Errorf("%s: at %v the next is at %v, the last was at %v", what, now, schedule.Next(), schedule.LastSuccess)
	}
}

const day = 24 * time.Hour

// TestClockThatIsSet makes a backup a day, wherever the clock goes.
func TestClockThatIsSet(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{
		"years forward": 10 * 365 * day, "an hour forward": time.Hour, "years back": -10 * 365 * day, "an hour back": -time.Hour,
	} {
		for _, restarts := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := newScheduled(t)
				p.every(day, 0)
				p.look(p.Manager)
				n := len(p.made(1, "at first"))
				for _, step := range []time.Duration{by, -by} { // wrong, and right again
					p.clock.step(step)
					if restarts {
						p.restart()
					}
					p.sane("after a step")
					p.look(p.Manager)
					now := len(p.all())
					if now < n || now > n+1 || now > n && step < 0 && !restarts { // a machine that slept is no other
						t.Fatalf("after a step of %v there are %d, and were %d", step, now, n)
					}
					n = now
					for range 3 {
						p.clock.advance(day + time.Minute)
						p.look(p.Manager)
						p.look(p.Manager)
						n++
						p.made(n, "a day later")
						p.sane("a day later")
					}
				}
				if schedule, err := p.Schedule(t.Context()); err != nil || schedule.Overdue(p.clock.Wall()) {
					t.Errorf("got %+v, %v", schedule, err)
				}
			})
		}
	}
}

func (p *scheduled) all() []backups.Manifest {
	p.t.Helper()
	all, err := p.List(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// TestDatesThatCannotBe are no reason to wait for them, nor to be content.
func TestDatesThatCannotBe(t *testing.T) {
	t.Parallel()
	future := func(c *clock) time.Time { return c.Wall().Add(20 * 365 * day) }
	for name, spoil := range map[string]func(p *archive.Schedule, c *clock){
		"attempt": func(p *archive.Schedule, c *clock) { p.LastAttempt = future(c) },
		"success": func(p *archive.Schedule, c *clock) { p.LastSuccess = future(c) },
		"both":    func(p *archive.Schedule, c *clock) { p.LastAttempt, p.LastSuccess = future(c), future(c) },
		"since": func(p *archive.Schedule, c *clock) {
			p.Since, p.LastAttempt, p.LastSuccess = future(c), time.Time{}, time.Time{}
		},
		"all": func(p *archive.Schedule, c *clock) {
			p.Since, p.LastAttempt, p.LastSuccess = future(c), future(c), future(c)
		},
		"failed": func(p *archive.Schedule, c *clock) { p.LastAttempt, p.LastError = future(c), "full" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newScheduled(t)
			p.every(day, 0)
			if _, err := p.SetSchedule(t.Context(), func(schedule *archive.Schedule) { spoil(schedule, p.clock) }); err != nil {
				t.Fatal(err)
			}
			p.restart()
			p.sane("at first")
			if schedule, err := p.control.BackupSchedule(t.Context()); err != nil || !schedule.Overdue(p.clock.Wall().Add(3*day)) {
				t.Errorf("it is never overdue: %+v, %v", schedule, err)
			}
			p.clock.advance(day)
			p.look(p.Manager)
			p.made(1, "a day later")
			if schedule, err := p.control.BackupSchedule(t.Context()); err != nil || schedule != schedule.At(p.clock.Wall()) ||
				!schedule.LastSuccess.Equal(schedule.LastAttempt) && schedule.LastSuccess.Before(schedule.LastAttempt) {
				t.Errorf("what is stored was not repaired: %+v, %v", schedule, err)
			}
			p.look(p.Manager)
			p.made(1, "at once again")
		})
	}
}

// TestServersWithOtherClocks do not make each other's backups again and again.
func TestServersWithOtherClocks(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{time.Hour, 30 * day, -time.Hour, -30 * day} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()
			p := newScheduled(t)
			p.every(day, 0)
			other := newClock()
			other.step(skew)
			servers := []*backups.Manager{p.Manager, p.server(other), p.server(newClock())}
			clocks := []*clock{p.clock, other}
			for range 10 * 24 * 4 {
				for _, s := range servers[:2] {
					p.look(s)
				}
				for _, c := range clocks {
					c.advance(15 * time.Minute)
				}
			}
			if n := len(p.all()); n < 10 || n > 21 {
				t.Errorf("%d backups in 10 days", n)
			}
		})
	}
}

// TestRetentionByOrder keeps what was complete last, whatever its name and date say.
func TestRetentionByOrder(t *testing.T) {
	t.Parallel()
	p := newScheduled(t)
	p.clock.step(20 * 365 * day)
	p.every(day, 3)
	p.look(p.Manager)
	wrong := p.made(1, "with the wrong clock")[0]
	p.clock.step(-20 * 365 * day)
	p.restart()
	var last []string
	for n := range 6 {
		p.look(p.Manager)
		last = append(last, p.made(min(n+2, 3), "by the right clock")[0].ID)
		p.clock.advance(day + time.Minute)
	}
	if _, err := p.Backup(t.Context(), wrong.ID); err == nil {
		t.Error("the backup of the future is kept")
	}
	for i, m := range p.made(3, "at the end") {
		if want := last[len(last)-1-i]; m.ID != want {
			t.Errorf("place %d: %s, want %s", i, m.ID, want)
		}
	}
}

// TestShrunkBackups do not displace those that hold what is gone.
func TestShrunkBackups(t *testing.T) {
	t.Parallel()
	p := newScheduled(t)
	many := map[kv.Key]string{}
	for _, r := range "abcdefghijklmnopqrstuvwxyz" {
		for _, q := range "abcdefghijklmnopqrstuvwxyz" {
			many[kv.Key(string(r)+string(q))] = `1`
		}
	}
	id := p.project("two", many)
	p.every(day, 2)
	for n := range 3 {
		p.look(p.Manager)
		p.made(min(n+1, 2), "with keys")
		p.clock.advance(day + time.Minute)
	}
	if got := codes(p.Warnings(t.Context())); slices.Contains(got, engine.WarnBackupShrank) {
		t.Errorf("got %v", got)
	}
	if err := p.store().DeleteProject(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		p.look(p.Manager)
		p.made(2+min(n+1, 2), "without")
		if got := codes(p.Warnings(t.Context())); !slices.Contains(got, engine.WarnBackupShrank) {
			t.Errorf("nothing is said of the loss: %v", got)
		}
		p.clock.advance(day + time.Minute)
	}
}

func codes(warnings []engine.Warning) []engine.WarningCode {
	var all []engine.WarningCode
	for _, w := range warnings {
		all = append(all, w.Code)
	}
	return all
}

// spoiled are files of which what is written by the schedule cannot be read again.
type spoiled struct {
	archive.Files
	path string
}

func (s *spoiled) Create(ctx context.Context, name string) (archive.File, error) {
	f, err := s.Files.Create(ctx, name)
	return &spoiledFile{f, filepath.Join(s.path, name)}, err
}

type spoiledFile struct {
	archive.File
	path string
}

func (f *spoiledFile) Commit() error {
	if err := f.File.Commit(); err != nil || !strings.HasSuffix(f.path, ".gz") {
		return err
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	text[len(text)/2] ^= 1
	return os.WriteFile(f.path, text, 0o600)
}

// TestReadBack prunes nothing for a backup that cannot be read back, and says so.
func TestReadBack(t *testing.T) {
	t.Parallel()
	p := newScheduled(t)
	p.every(day, 1)
	p.look(p.Manager)
	good := p.made(1, "at first")[0]
	p.clock.advance(day + time.Minute)
	bad := backups.New(backups.Config{
		Service: p.service, Control: p.control, Files: &spoiled{dir.New(p.dir), p.dir}, Version: "1.2.3", Clock: p.clock,
	})
	if err := bad.RunDue(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot be read back") {
		t.Errorf("got %v", err)
	}
	p.made(2, "with the bad one")
	p.whole(good.ID)
	if got := codes(bad.Warnings(t.Context())); !slices.Contains(got, engine.WarnBackupFailing) {
		t.Errorf("got %v", got)
	}
}

// TestClockStepped warns for an hour of a clock that was set.
func TestClockStepped(t *testing.T) {
	t.Parallel()
	p := newScheduled(t)
	has := func() bool { return slices.Contains(codes(p.Warnings(t.Context())), engine.WarnClockStepped) }
	if has() {
		t.Error("at first")
	}
	p.clock.advance(time.Hour)
	if has() {
		t.Error("after an hour")
	}
	for _, step := range []time.Duration{-time.Minute, 365 * day} {
		p.clock.step(step)
		if !has() {
			t.Errorf("not after a step of %v", step)
		}
		p.clock.advance(59 * time.Minute)
		if !has() {
			t.Errorf("not for an hour after a step of %v", step)
		}
		p.clock.advance(2 * time.Minute)
		if has() {
			t.Errorf("for ever after a step of %v", step)
		}
	}
}
