// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

const me = "me"

// redis is what a test does to the database that the services share.
type redis struct{ *fakeEngine }

func (r redis) with(change func(e *fakeEngine)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.fakeEngine)
}

// empty is a restart without persistence, and flush a FLUSHALL.
func (r redis) empty() {
	r.with(func(e *fakeEngine) { e.keys, e.mark, e.run = nil, kv.Mark{}, e.run+"'" })
}
func (r redis) flush() { r.with(func(e *fakeEngine) { e.keys, e.mark = nil, kv.Mark{} }) }

// setMark sets the mark of the database.
func (r redis) setMark(m kv.Mark) { r.with(func(e *fakeEngine) { e.mark = m }) }

func (r redis) marked() (m kv.Mark) {
	r.with(func(e *fakeEngine) { m = e.mark })
	return m
}

// serveOwned starts a service of the engine external over control data with the id.
func serveOwned(t *testing.T, e *fakeEngine, c *control, id string) rig {
	t.Helper()
	return serveWith(t, e, c, lifecycle.Config{
		Owner: func() string { return id },
		Projects: func(context.Context) ([]access.Project, error) {
			return c.projects, nil
		},
	})
}

// inOwnedBubble runs the test with a service that is on, over a database with a key.
func inOwnedBubble(t *testing.T, test func(t *testing.T, r rig, db redis)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e, c := &fakeEngine{run: "1"}, newControl()
		c.projects = []access.Project{{ID: 1}}
		r := serveOwned(t, e, c, me)
		if _, err := r.Enable(t.Context(), engineNamed(engine.External)); err != nil {
			t.Fatal(err)
		}
		e.put(1)
		test(t, r, redis{e})
	})
}

// looked lets the service look at the mark.
func looked() { advance(3 * time.Second) }

// expectOwnership checks what the service reports about its store: the code of what is wrong, empty if calls are
// accepted.
func expectOwnership(t *testing.T, r rig, code engine.WarningCode, says string) {
	t.Helper()
	lease, err := r.AcquireFor(context.Background(), 1)
	if err == nil {
		lease.Release()
	}
	status := r.Status(t.Context())
	if code == "" {
		if err != nil || !status.Healthy || len(status.Warnings) > 0 {
			t.Errorf("a store that is well: %v, %+v", err, status)
		}
		return
	}
	if !errors.Is(err, kv.ErrUnavailable) || status.Healthy {
		t.Errorf("a store that is not well: %v, %+v", err, status)
	}
	if len(status.Warnings) != 1 || status.Warnings[0].Code != code || !strings.Contains(status.Message, says) {
		t.Errorf("got %+v, message %q; want %s, %q", status.Warnings, status.Message, code, says)
	}
}

func TestFirstEnableMarks(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
		if got := db.marked(); got.Owner != me || got.Emptied {
			t.Errorf("the mark is %+v", got)
		}
		expectOwnership(t, r, "", "")
		second := serveOwned(t, db.fakeEngine, newControl(), "second")
		_, err := second.Enable(t.Context(), engineNamed(engine.External))
		if detail := refused(t, err, kv.ErrConflict); !strings.Contains(detail, me) {
			t.Errorf("%q does not say whose it is", detail)
		}
		expectOwnership(t, r, "", "")
	})
}

// A database that cannot be marked is refused by a first enable; one that was served before is still served.
func TestUnmarkable(t *testing.T) {
	for name, make := range map[string]func(e *fakeEngine){
		"full":   func(e *fakeEngine) { e.swap.set(kv.ErrOutOfMemory) },
		"hidden": func(e *fakeEngine) { e.mark = kv.Mark{Hidden: true} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, c := &fakeEngine{}, newControl()
				make(e)
				r := serveOwned(t, e, c, me)
				if _, err := r.Enable(t.Context(), engineNamed(engine.External)); err == nil {
					t.Error("enabled without a mark")
				}
				r.end()
				c.settings = engine.DefaultSettings()
				c.settings.Enabled, c.settings.Provisioned, c.settings.Engine = true, true, engine.External
				r = serveOwned(t, e, c, me)
				looked()
				acquire(t, r, nil)
				status := r.Status(t.Context())
				if !status.Healthy || len(status.Warnings) != 1 || status.Warnings[0].Code != engine.WarnStoreUnmarked {
					t.Errorf("got %+v", status)
				}
				e.swap.set(nil)
				redis{e}.setMark(kv.Mark{})
				looked()
				expectOwnership(t, r, "", "")
			})
		})
	}
}

func TestEmptied(t *testing.T) {
	for name, lose := range map[string]func(r rig, db redis){
		"restarted": func(_ rig, db redis) { db.empty() },
		"flushed":   func(_ rig, db redis) { db.flush() },
		"in full":   func(_ rig, db redis) { db.swap.set(kv.ErrOutOfMemory); db.empty() },
		"while down": func(r rig, db redis) {
			r.end()
			db.empty()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
				lose(r, db)
				if name == "while down" {
					r = serveOwned(t, db.fakeEngine, r.control, me)
				}
				looked()
				expectOwnership(t, r, engine.WarnStoreEmptied, "accept-empty")
				if name != "in full" {
					if got := db.marked(); got.Owner != me || !got.Emptied {
						t.Errorf("the mark is %+v", got)
					}
				}
				r.end() // the next process knows it too
				r = serveOwned(t, db.fakeEngine, r.control, me)
				looked()
				expectOwnership(t, r, engine.WarnStoreEmptied, "accept-empty")

				db.swap.set(nil)
				if err := r.AcceptEmpty(t.Context()); err != nil {
					t.Fatal(err)
				}
				expectOwnership(t, r, "", "")
				if got := db.marked(); got.Owner != me || got.Emptied {
					t.Errorf("the mark is %+v", got)
				}
				refused(t, r.AcceptEmpty(t.Context()), kv.ErrConflict)
				db.empty()
				looked()
				expectOwnership(t, r, engine.WarnStoreEmptied, "")
			})
		})
	}
}

// The state ends when the data come back, or after a restore.
func TestEmptiedEnds(t *testing.T) {
	for name, repair := range map[string]func(r rig, db redis) error{
		"dump brought back": func(_ rig, db redis) error { db.setMark(kv.Mark{Owner: me}); return nil },
		"restore":           func(r rig, _ redis) error { return r.KeysRestored(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
				db.empty()
				looked()
				if r.Distrust() == nil {
					t.Error("backups and sweeps go on")
				}
				acquire(t, r, nil) // a restore has to reach it
				if err := repair(r, db); err != nil {
					t.Fatal(err)
				}
				looked()
				expectOwnership(t, r, "", "")
				if err := r.Distrust(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestForeign(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
		for _, restart := range []bool{false, true} {
			db.setMark(kv.Mark{Owner: "other"})
			if restart {
				r.end()
				r = serveOwned(t, db.fakeEngine, r.control, me)
			}
			looked()
			expectOwnership(t, r, engine.WarnStoreForeign, "other")
			if _, err := r.Acquire(); !errors.Is(err, kv.ErrUnavailable) {
				t.Errorf("internal work: %v", err)
			}
			refused(t, r.AcceptEmpty(t.Context()), kv.ErrConflict)
			db.setMark(kv.Mark{Owner: me})
			advance(10 * time.Second)
			acquire(t, r, nil)
			expectOwnership(t, r, "", "")
		}
	})
}

// A deleted mark is written again, unless the server may be another.
func TestMarkDeleted(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
		db.setMark(kv.Mark{})
		looked()
		expectOwnership(t, r, "", "")
		if got := db.marked(); got.Owner != me || got.Emptied {
			t.Errorf("the mark is %+v", got)
		}
		db.with(func(e *fakeEngine) { e.mark, e.run = kv.Mark{}, "another" })
		looked()
		expectOwnership(t, r, engine.WarnStoreReplaced, "may be another's")
		if got := db.marked(); got.Owner != "" {
			t.Errorf("the mark is %+v", got)
		}
		if err := r.AcceptEmpty(t.Context()); err != nil {
			t.Fatal(err)
		}
		advance(10 * time.Second)
		expectOwnership(t, r, "", "")
	})
}

// TestFlushedUnderLoad empties a database while clients write: when it is checked there are keys again.
func TestFlushedUnderLoad(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
		db.with(func(e *fakeEngine) { e.mark, e.flushes = kv.Mark{}, 1 })
		looked()
		expectOwnership(t, r, engine.WarnStoreEmptied, "lost its data")
		if got := db.marked(); !got.Emptied {
			t.Errorf("the mark is %+v", got)
		}
	})
}

// TestRestartWithoutSaving restarts a server that had changes only in memory: the mark and older keys are back.
func TestRestartWithoutSaving(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
		db.with(func(e *fakeEngine) { e.run = "the second" })
		looked()
		expectOwnership(t, r, "", "")
		db.with(func(e *fakeEngine) { e.unsaved = 50 })
		looked()
		expectOwnership(t, r, "", "")
		db.with(func(e *fakeEngine) { e.run, e.unsaved = "the third", 0 })
		looked()
		s := r.Status(t.Context())
		if len(s.Warnings) != 1 || s.Warnings[0].Code != engine.WarnStoreRestarted || !strings.Contains(s.Warnings[0].Detail, "50") || !s.Healthy {
			t.Errorf("the status is %+v", s)
		}
		advance(2 * time.Hour)
		expectOwnership(t, r, "", "")
	})
}

// Where there are no projects, no keys are lost.
func TestEmptiedWithoutProjects(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
		r.control.projects = nil
		db.empty()
		looked()
		expectOwnership(t, r, "", "")
		if got := db.marked(); got.Owner != me || got.Emptied {
			t.Errorf("the mark is %+v", got)
		}
	})
}

// The keys of a deleted project come back with the others.
func TestNoSweepOfAnEmptiedStore(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, r rig, db redis) {
		db.empty()
		looked()
		r.control.deleteProject(1)
		r.Wake()
		advance(5 * time.Minute)
		if got := pending(t, r); got != 1 {
			t.Errorf("%d deletions are left, want 1", got)
		}
		db.with(func(e *fakeEngine) { e.mark, e.keys = kv.Mark{Owner: me}, []kv.ProjectID{1} })
		looked()
		r.Wake()
		advance(5 * time.Minute)
		if db.has(1) || pending(t, r) != 0 {
			t.Error("not swept")
		}
	})
}

// TestEmptiedForAll has two services share their control data and the database.
func TestEmptiedForAll(t *testing.T) {
	inOwnedBubble(t, func(t *testing.T, a rig, db redis) {
		b := serveOwned(t, db.fakeEngine, a.control, me)
		looked()
		expectOwnership(t, b, "", "")
		db.flush()
		looked()
		expectOwnership(t, a, engine.WarnStoreEmptied, "")
		expectOwnership(t, b, engine.WarnStoreEmptied, "")
		if err := b.AcceptEmpty(t.Context()); err != nil {
			t.Fatal(err)
		}
		looked()
		expectOwnership(t, a, "", "")
		expectOwnership(t, b, "", "")
	})
}
