// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"path/filepath"

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
// file of before has a second name until then, and gets its own back if there is an error. Errors: those of
// sqlite.Open; a Refusal of kind ErrUnavailable where another program has one of the files open.
func (s *scratch) Take(ctx context.Context) (kv.Store, error) {
	e := s.engine
	e.step("close the store in use")
	if err := e.Disable(ctx); err != nil {
		return nil, err
	}
	e.step("bring the new store to the disk")
	if err := s.settle(); err != nil {
		return nil, err
	}
	e.step("switch")
	before := s.path + beforeEnding
	if err := sqlite.Replace(s.path, s.path+scratchEnding, before); err != nil {
		return nil, err
	}
	e.step("open the new store")
	s.settings.Provisioned = true
	store, err := e.open(ctx, s.settings)
	if err != nil {
		return nil, errors.Join(err, sqlite.PutBack(s.path, before))
	}
	e.step("remove the store of before")
	e.removeLeftover(ctx, beforeEnding)
	return store, nil
}

// settle closes the new store, and has both files be all there is.
func (s *scratch) settle() error {
	if err := s.store.Close(); err != nil {
		return err
	}
	return errors.Join(sqlite.Settle(s.path+scratchEnding), sqlite.Settle(s.path))
}

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
