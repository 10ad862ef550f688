// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// AcceptEnding is the suffix of an empty file that an operator creates next to the control data, to accept what is left
// of them.
const AcceptEnding = ".accept-loss"

// inspection is what was found out about the file before it is opened, since that changes it.
type inspection struct {
	path     string
	wal      sqlite.WAL
	kept     string // a copy of a log that SQLite would not find all of
	count    sqlite.Count
	counted  bool
	accepted bool
}

// inspect looks at the file, its log and the count of its commits.
func inspect(path string) (i *inspection, err error) {
	i = &inspection{path: path}
	_, err = os.Stat(path + AcceptEnding)
	i.accepted = err == nil
	if i.count, i.counted, err = sqlite.ReadCommits(path); err != nil {
		return nil, err
	}
	if i.wal, err = sqlite.ReadWAL(path); err != nil {
		return nil, err
	}
	if i.wal.Suspect() {
		i.kept, err = sqlite.KeepWAL(path)
	}
	return i, err
}

// open opens the file, or creates it if there never was one.
func (i *inspection) open(ctx context.Context) (*sqlite.DB, error) {
	if err := i.gone(); err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, i.path, migrations)
	if sqlite.IsDamaged(err) {
		err = errors.Join(i.refuse("%s is damaged or no SQLite file", i.path), err)
	}
	if err != nil {
		return nil, err
	}
	if err := i.sound(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// sound returns an error if an integrity check of SQLite fails.
func (i *inspection) sound(ctx context.Context, db *sqlite.DB) error {
	var text string
	err := db.Read.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&text)
	if sqlite.IsDamaged(err) || err == nil && text != "ok" {
		return errors.Join(i.refuse("%s is damaged", i.path), err)
	}
	return sqlite.Err(err)
}

// check returns a Refusal of kind ErrUnavailable if the open file has lost what was acknowledged.
func (s *Store) check(_ context.Context, i *inspection) error {
	now := s.count()
	ours := i.counted && i.count.ID == now.ID
	restarted := now.N == 0 && s.db.Copy != "" // they are counted from now on
	switch {
	case i.accepted, restarted:
		return nil
	case ours && now.N < i.count.N:
		return i.refuse("%s has lost changes that were acknowledged: it holds %d of at least %d, since its log, %s-wal, was damaged, "+
			"cut or removed, or the file is an older copy: tokens that were revoked would work again%s", i.path, now.N, i.count.N, i.path, i.keptText())
	case i.counted && !ours:
		return i.refuse("%s is not the file that was here before", i.path)
	case i.wal.Damaged && !ours:
		return i.refuse("%s-wal, the log of %s, is damaged, and may have held changes that were acknowledged%s", i.path, i.path, i.keptText())
	}
	return nil
}

func (i *inspection) keptText() string {
	if i.kept == "" {
		return ""
	}
	return fmt.Sprintf(" (a copy of the log is kept as %s)", i.kept)
}

// refuse returns the Refusal of a file that is not as it should be, of kind ErrUnavailable, and says what to do.
func (i *inspection) refuse(format string, args ...any) error {
	return Refuse(i.path, fmt.Sprintf(format, args...))
}

// Refuse returns a Refusal of kind ErrUnavailable for control data at path that are not as they should be, and says what
// to do.
func Refuse(path, detail string) error {
	dir := filepath.Dir(path)
	copies := ""
	if found, _ := filepath.Glob(path + ".v[0-9]*"); len(found) > 0 {
		copies = fmt.Sprintf(", or the copy of before an upgrade, %s, which lacks what came since", strings.Join(found, " or "))
	}
	return kv.Refuse(kv.ErrUnavailable, "%s. Put the file back as it was, with %s-wal if there is one%s, and then, to go on with "+
		"what it holds: touch '%s%s'; or begin in a new data directory, with --data, and bring back a backup of the whole service "+
		"there: tempskv serve --data NEW --backup-to '%s', tempskv enable, tempskv backup restore ID --data NEW",
		detail, path, copies, path, AcceptEnding, filepath.Join(dir, "backups"))
}

// CheckGone returns a Refusal of kind ErrUnavailable if the control data at path existed and are gone; else err.
func CheckGone(path string, err error) error {
	i, inspectErr := inspect(path)
	if err != nil || inspectErr != nil {
		return errors.Join(err, inspectErr)
	}
	return i.gone()
}

// gone returns a Refusal if there is no file where there was one.
func (i *inspection) gone() error {
	info, err := os.Stat(i.path)
	missing := errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
	wal, err := os.Stat(i.path + "-wal")
	left := i.counted || err == nil && wal.Size() > 0
	if missing && left && !i.accepted {
		return i.refuse("%s, which holds projects, tokens and settings, is gone", i.path)
	}
	return nil
}

// accept completes what the operator asked for.
func (i *inspection) accept(ctx context.Context, log *slog.Logger) {
	if !i.accepted {
		return
	}
	log.WarnContext(ctx, "the operator accepts what is left of the control data", "file", i.path)
	if err := os.Remove(i.path + AcceptEnding); err != nil {
		log.WarnContext(ctx, "this file is not needed any more and has to be removed", "error", err)
	}
}

// count returns the number of writes to the file so far.
func (s *Store) count() sqlite.Count { return sqlite.Count{ID: s.id, N: s.total.Load()} }

// Commits is the number of writes to the control data so far.
func (s *Store) Commits() int64 { return s.total.Load() }

// changes returns how many rows have been changed since the connection was opened.
func changes(ctx context.Context, tx *sql.Tx) (n int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT total_changes()").Scan(&n)
	return n, err
}

// countOne counts the transaction, if it has changed any rows.
func (s *Store) countOne(ctx context.Context, tx *sql.Tx, before int64) (counts bool, err error) {
	if now, err := changes(ctx, tx); err != nil || now == before {
		return false, err
	}
	_, err = tx.ExecContext(ctx, "UPDATE service SET commits = ?", s.total.Load()+1)
	return true, err
}

// counted notes a write that is durable, before it is reported to the caller.
func (s *Store) counted(ctx context.Context) {
	s.total.Add(1)
	if s.commits == nil {
		return
	}
	if err := s.commits.Set(s.count()); err != nil { // a loss could then not be noticed, but nothing is lost
		s.cfg.Log.WarnContext(ctx, "the commits of the control data are not counted any more", "error", err)
		s.commits = nil
	}
}

// Warnings reports whether the file is not where it was opened.
func (s *Store) Warnings(context.Context) []engine.Warning {
	err := s.place.Check()
	if r, ok := errors.AsType[*kv.Refusal](err); ok {
		return []engine.Warning{engine.WarnMisplaced.With(r.Detail + ": projects, tokens and settings cannot be changed until it is back; what " +
			"it held is lost when this server ends: put it back, or back it up before that with: tempskv backup create")}
	}
	return nil
}
