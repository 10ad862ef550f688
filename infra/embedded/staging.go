// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Endings of the names of files next to the engine's: the staging store and, while that is promoted, the file before.
const (
	stagingEnding = ".restore"
	beforeEnding  = ".restore.before"
)

// staging is an engine.Staging in another file.
type staging struct {
	engine   *Engine
	settings engine.Settings
	path     string // of the file that it is to replace
	store    *Store
	aside    string // where Promote put a file that is kept
}

// Stage creates a file next to the one in use. Its log is synced each time before it is moved into the file, and so is the
// file after that, but not at each commit: nothing counts before Promote, which syncs what is left. Errors: those of Open.
func (e *Engine) Stage(ctx context.Context, s engine.Settings) (engine.Staging, error) {
	path := e.file()
	if err := sqlite.Remove(path + stagingEnding); err != nil {
		return nil, err
	}
	config := e.configFor(s)
	config.staging = true
	store, err := Open(ctx, path+stagingEnding, config)
	if err != nil {
		return nil, errors.Join(err, sqlite.Remove(path+stagingEnding))
	}
	return &staging{engine: e, settings: s, path: path, store: store}, nil
}

// Store returns the *Store in the staging file.
func (s *staging) Store() kv.Store { return s.store }

// Promote renames the staging file to that of the engine, once neither needs its log, and opens it. The old file has a
// second name until then, and gets its first one back after an error. If it is damaged, or was not in use because it
// could not be opened or is no longer at its path, it is kept aside. Errors: those of sqlite.Open; a Refusal of
// kind ErrUnavailable if another program has one of the files open.
func (s *staging) Promote(ctx context.Context, keep bool) (kv.Store, error) {
	e := s.engine
	whole := !keep && e.whole()
	e.step("close the store in use")
	if err := e.Disable(ctx); err != nil {
		return nil, err
	}
	e.step("bring the new store to the disk")
	if err := s.settle(whole); err != nil {
		return nil, err
	}
	if err := e.announce(ctx, s.store.writer.committed.ID); err != nil {
		return nil, err
	}
	e.step("switch")
	putBack, err := s.replace(whole)
	if err != nil {
		return nil, err
	}
	e.step("open the new store")
	s.settings.Provisioned = true
	store, err := e.open(ctx, s.settings)
	if err != nil {
		return nil, errors.Join(err, putBack())
	}
	e.step("remove the store of before")
	e.removeLeftover(ctx, beforeEnding)
	if s.aside != "" {
		e.config.Log.WarnContext(ctx, "the file that was replaced is kept", "file", s.aside)
	}
	return store, nil
}

// whole reports whether the engine has its file open, the file is at its path, and there is no known damage.
func (e *Engine) whole() bool {
	store := e.store.Load()
	return store != nil && store.writer.place.CheckFile() == nil && store.writer.place.Cut() == nil && store.damage.err() == nil
}

// announce records in the control data which file is about to replace the current one.
func (e *Engine) announce(ctx context.Context, next string) error {
	k, _, err := e.knownFile(ctx)
	if err != nil {
		return err
	}
	k.Next = next
	return e.know(ctx, k)
}

// settle closes the new store and moves the log of each file into it; that of the old one only if it is whole.
func (s *staging) settle(whole bool) error {
	err := errors.Join(s.store.Close(), sqlite.Settle(s.path+stagingEnding))
	if err == nil && whole {
		err = sqlite.Settle(s.path)
	}
	return err
}

// replace replaces the old file by the new one, and returns a func that undoes that. It keeps the old one until the new
// one is open, or permanently if it is not whole.
func (s *staging) replace(whole bool) (putBack func() error, err error) {
	if whole {
		before := s.path + beforeEnding
		return func() error { return sqlite.PutBack(s.path, before) }, sqlite.Replace(s.path, s.path+stagingEnding, before)
	}
	aside := s.path + time.Now().UTC().Format(".aside-20060102T150405Z")
	putBack = func() error { return sqlite.ReturnAside(s.path, aside) }
	if err := sqlite.SetAside(s.path, aside); err != nil {
		return nil, err
	}
	if err := sqlite.SetAside(s.path+stagingEnding, s.path); err != nil {
		return nil, errors.Join(err, putBack())
	}
	if _, err := os.Lstat(aside); err == nil {
		s.aside = aside
	}
	return putBack, nil
}

// Aside returns the path of the file that Promote kept aside.
func (s *staging) Aside() string { return s.aside }

// Discard removes the staging file. After Promote it does nothing.
func (s *staging) Discard(context.Context) error {
	return errors.Join(s.store.Close(), sqlite.Remove(s.path+stagingEnding))
}

// file returns the path without symbolic links: a file can be replaced only from the same directory.
func (e *Engine) file() string {
	if path, err := filepath.EvalSymlinks(e.path); err == nil {
		return path
	}
	return e.path
}

// removeLeftover removes a file that an interrupted restore left behind. A failure does no harm.
func (e *Engine) removeLeftover(ctx context.Context, ending string) {
	if err := sqlite.Remove(e.file() + ending); err != nil {
		e.config.Log.WarnContext(ctx, "what a restore left behind is not removed yet", "error", err)
	}
}

// step reports that a step of Promote begins.
func (e *Engine) step(name string) { e.config.Report(engine.Step{Name: name}) }
