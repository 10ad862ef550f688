// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// What stands beside the file, by the endings of their names: the store that is to take its place, and, for a moment,
// what the file was before.
const (
	scratchEnding = ".restore"
	beforeEnding  = ".restore.before"
)

// scratch is a kv.Scratch in a file of its own.
type scratch struct {
	engine   *Engine
	settings kv.Settings
	path     string // of the file whose place it is to take
	store    *Store
	aside    string // where Take put a file that is kept
}

// Scratch makes a file beside the one in use. It is written as durably as any, which costs less than to have Take wait
// for all of it. Errors: those of Open.
func (e *Engine) Scratch(ctx context.Context, s kv.Settings) (kv.Scratch, error) {
	path := e.file()
	if err := sqlite.Remove(path + scratchEnding); err != nil {
		return nil, err
	}
	store, err := Open(ctx, path+scratchEnding, e.configFor(s))
	if err != nil {
		return nil, errors.Join(err, sqlite.Remove(path+scratchEnding))
	}
	return &scratch{engine: e, settings: s, path: path, store: store}, nil
}

// Store returns the *Store in the scratch's file.
func (s *scratch) Store() kv.Store { return s.store }

// Take renames the scratch's file to that of the engine, once both hold all there is without a log, and opens it. The
// file of before has a second name until then, and gets its own back if there is an error. One that is damaged, or was not in
// use, since it could not be opened or is not at its path any more, is kept aside for good. Errors: those of
// sqlite.Open; a Refusal of kind ErrUnavailable where another program has one of the files open.
func (s *scratch) Take(ctx context.Context, keep bool) (kv.Store, error) {
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

// whole reports whether the engine has its file open, that is where it should be, and no damage of it is known.
func (e *Engine) whole() bool {
	store := e.store.Load()
	return store != nil && store.writer.place.CheckFile() == nil && store.writer.place.Cut() == nil && store.damage.err() == nil
}

// announce tells the control data which file is about to take the place of the one that they know.
func (e *Engine) announce(ctx context.Context, next string) error {
	k, _, err := e.knownFile(ctx)
	if err != nil {
		return err
	}
	k.Next = next
	return e.know(ctx, k)
}

// settle closes the new store, and has both files be all there is, the old one if it is whole.
func (s *scratch) settle(whole bool) error {
	err := errors.Join(s.store.Close(), sqlite.Settle(s.path+scratchEnding))
	if err == nil && whole {
		err = sqlite.Settle(s.path)
	}
	return err
}

// replace puts the new file in the place of the old one, which is kept until the new one is open or, unless it is whole, for
// good. It returns what undoes that.
func (s *scratch) replace(whole bool) (putBack func() error, err error) {
	if whole {
		before := s.path + beforeEnding
		return func() error { return sqlite.PutBack(s.path, before) }, sqlite.Replace(s.path, s.path+scratchEnding, before)
	}
	aside := s.path + time.Now().UTC().Format(".aside-20060102T150405Z")
	putBack = func() error { return sqlite.ReturnAside(s.path, aside) }
	if err := sqlite.SetAside(s.path, aside); err != nil {
		return nil, err
	}
	if err := sqlite.SetAside(s.path+scratchEnding, s.path); err != nil {
		return nil, errors.Join(err, putBack())
	}
	if _, err := os.Lstat(aside); err == nil {
		s.aside = aside
	}
	return putBack, nil
}

// Aside returns the path of the file that Take kept aside.
func (s *scratch) Aside() string { return s.aside }

// Drop removes the scratch's file. After Take it does nothing.
func (s *scratch) Drop(context.Context) error {
	return errors.Join(s.store.Close(), sqlite.Remove(s.path+scratchEnding))
}

// file returns where the file really is: one can only take its place from the same directory.
func (e *Engine) file() string {
	if path, err := filepath.EvalSymlinks(e.path); err == nil {
		return path
	}
	return e.path
}

// removeLeftover removes what a scratch or Take that was cut off left beside the file. Where that fails, it is in
// nobody's way.
func (e *Engine) removeLeftover(ctx context.Context, ending string) {
	if err := sqlite.Remove(e.file() + ending); err != nil {
		e.config.Log.WarnContext(ctx, "what a restore left behind is not removed yet", "error", err)
	}
}

// step tells that a step of Take begins.
func (e *Engine) step(name string) { e.config.Report(kv.Step{Name: name}) }
