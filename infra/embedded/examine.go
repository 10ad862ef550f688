// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Examine looks at the file of an engine that is off, as Enable would, and changes nothing. Errors: as Enable.
func (e *Engine) Examine(ctx context.Context, s engine.Settings) ([]engine.Warning, error) {
	found, err := e.look(ctx, s.Provisioned)
	if err != nil {
		return nil, noFile(err)
	}
	if _, err := os.Stat(found.path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	db, err := sqlite.OpenReadOnly(found.path)
	if err != nil {
		return nil, noFile(err)
	}
	defer db.Close()
	var format int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&format); err != nil {
		return nil, found.damaged(err)
	}
	if format != len(migrations) { // Enable migrates it, or says that it cannot
		return found.warnings(), nil
	}
	o, err := readOrigin(ctx, db)
	if err != nil {
		return nil, found.damaged(err)
	}
	if _, err := readUsage(ctx, db, -kv.MaxProjectID, kv.MaxProjectID); err != nil { // Enable reads this too
		return nil, found.damaged(err)
	}
	return found.warnings(), found.judge(o, e.config.Control, false)
}

// damaged returns the error of a file that could not be read.
func (i *inspection) damaged(err error) error {
	if sqlite.IsDamaged(err) {
		return errors.Join(refuse("%s is damaged or no SQLite file: put it back as it was", i.path), err)
	}
	return sqlite.Err(err)
}

// noFile says what to do if something other than a file, such as a directory, is at the path of the file or its log.
func noFile(err error) error {
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok || !errors.Is(err, syscall.EISDIR) {
		return err
	}
	return errors.Join(refuse("%s, put back as it was", r.Detail), err)
}

// HoldsKeys reports whether the file in the directory, which must not be open, holds keys, or may hold some, since it
// cannot be read.
func HoldsKeys(ctx context.Context, dir string) bool {
	path := NewEngine(dir, Config{}).file()
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 {
		return err != nil && !errors.Is(err, fs.ErrNotExist)
	}
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return true
	}
	defer db.Close()
	holds := false
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM keys WHERE project > 0)").Scan(&holds); err != nil {
		return true
	}
	return holds
}
