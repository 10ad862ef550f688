// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Control is the control data, as far as an engine needs them: it keeps what it knows of its file there.
type Control interface {
	engine.Documents
	// ID identifies these control data.
	ID() string
	// Commits is the number of changes to them so far. It never decreases.
	Commits() int64
}

// documentName is the name of what the control data know of the file.
const documentName = "embedded_file"

// known is what the control data know of the file.
type known struct {
	ID      string `json:"id"`
	Commits int64  `json:"commits"` // its least number
	// Next is the id of the file that is about to replace it, empty if there is none.
	Next string `json:"next,omitempty"`
}

// knownFile reads the document.
func (e *Engine) knownFile(ctx context.Context) (k known, text string, err error) {
	if e.config.Control == nil {
		return k, "", nil
	}
	if text, err = e.config.Control.Document(ctx, documentName); err != nil || text == "" {
		return k, text, err
	}
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return k, text, fmt.Errorf("control data: %s: %w", documentName, err)
	}
	return k, text, nil
}

// know replaces the document by k.
func (e *Engine) know(ctx context.Context, k known) error {
	if e.config.Control == nil {
		return nil
	}
	before, text, err := e.knownFile(ctx)
	if err != nil || before == k {
		return err
	}
	after, err := json.Marshal(k)
	if err != nil {
		return err
	}
	done, err := e.config.Control.SwapDocument(ctx, documentName, text, string(after))
	if err == nil && !done {
		err = errors.New("another process changes what is known of the file")
	}
	return err
}

// acceptEnding is the suffix of an empty file that an operator creates next to the data, to accept what is left of them.
const acceptEnding = ".accept-loss"

// inspection is what was found out about a file before it is opened, since that changes it.
type inspection struct {
	path     string
	wal      sqlite.WAL
	kept     string // a copy of a log that SQLite would not find all of
	count    sqlite.Count
	counted  bool // whether there is a count
	known    known
	accepted bool
}

// inspect looks at the file, its log and the counts. Errors: a Refusal of kind ErrUnavailable if the file is missing.
func (e *Engine) inspect(ctx context.Context, provisioned bool) (i *inspection, err error) {
	if i, err = e.look(ctx, provisioned); err == nil && i.wal.Suspect() {
		i.kept, err = sqlite.KeepWAL(i.path)
	}
	return i, err
}

// look is inspect, but changes nothing.
func (e *Engine) look(ctx context.Context, provisioned bool) (i *inspection, err error) {
	i = &inspection{path: e.file()}
	info, err := os.Stat(i.path)
	if provisioned && (errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0) {
		return nil, refuse("%s is gone, and all keys with it: put it and %s-wal back", i.path, i.path)
	}
	_, err = os.Stat(i.path + acceptEnding)
	i.accepted = err == nil
	if i.known, _, err = e.knownFile(ctx); err != nil {
		return nil, err
	}
	if i.count, i.counted, err = sqlite.ReadCommits(i.path); err != nil {
		return nil, err
	}
	i.wal, err = sqlite.ReadWAL(i.path)
	return i, err
}

// restoreAdvice says what to do about a file that is not as it should be.
const restoreAdvice = "; or bring back a backup in its place, while the server runs, with: tempskv backup restore ID --replace " +
	"(tempskv backup list shows the IDs, and the file is kept aside)"

// refuse returns the Refusal of a file that is not as it should be, of kind ErrUnavailable.
func refuse(format string, args ...any) error {
	return kv.Refuse(kv.ErrUnavailable, format+"%s", append(args, restoreAdvice)...)
}

// refuseLeft is refuse for a file that the operator may accept as it is.
func refuseLeft(path, format string, args ...any) error {
	return refuse(format+". To go on with what is there: touch '%s%s'", append(args, path, acceptEnding)...)
}

// origin is what an open file says about itself.
type origin struct {
	id             string
	commits        int64
	control        string
	controlCommits int64
}

func readOrigin(ctx context.Context, db *sql.DB) (o origin, err error) {
	err = db.QueryRowContext(ctx, "SELECT id, commits, control, control_commits FROM origin").
		Scan(&o.id, &o.commits, &o.control, &o.controlCommits)
	return o, sqlite.Err(err)
}

// least returns how many commits the file must have at least, as far as that is known.
func (i *inspection) least(o origin, upgraded bool) int64 {
	if upgraded && o.commits == 0 { // they are counted from now on
		return 0
	}
	var n int64
	if i.counted && i.count.ID == o.id {
		n = i.count.N
	}
	if i.known.ID == o.id {
		n = max(n, i.known.Commits)
	}
	return n
}

// judge returns a Refusal of kind ErrUnavailable that says what is wrong with an open file.
func (i *inspection) judge(o origin, control Control, upgraded bool) error {
	least := i.least(o, upgraded)
	switch {
	case control != nil && o.control != "" && o.control != control.ID():
		return refuseLeft(i.path, "%s holds the keys of another tempskv, whose control data have the id %s (here it is %s), "+
			"and the projects here would read them: put back the file that belongs here", i.path, o.control, control.ID())
	case i.known.ID != "" && o.id != i.known.ID && o.id != i.known.Next:
		return refuseLeft(i.path, "%s is not the file that was here before: put that back", i.path)
	case control != nil && control.Commits() < o.controlCommits:
		return refuseLeft(i.path, "the control data are older than %s knows (%d changes, of at least %d): tokens that were revoked "+
			"would work, and ids of projects be given again. Put the later control.db back", i.path, control.Commits(), o.controlCommits)
	case o.commits < least:
		return refuseLeft(i.path, "%s has lost writes that were acknowledged: it holds %d of at least %d transactions, since its log, "+
			"%s-wal, was damaged, cut or removed, or the file is an older copy%s. Put the later file and its log back",
			i.path, o.commits, least, i.path, i.keptText())
	case i.wal.Damaged && i.counted && i.count.ID == o.id:
		return nil // all counted commits are there
	case i.wal.Damaged:
		return refuseLeft(i.path, "%s-wal, the log of %s, is damaged, and may have held writes that were acknowledged%s. Put it back "+
			"as it was", i.path, i.path, i.keptText())
	}
	return nil
}

func (i *inspection) keptText() string {
	if i.kept == "" {
		return ""
	}
	return fmt.Sprintf(" (a copy of the log is kept as %s)", i.kept)
}

// warnings returns what is wrong with a file that can be used nevertheless.
func (i *inspection) warnings() []engine.Warning {
	if i.wal.Foreign == 0 && !i.wal.Damaged {
		return nil
	}
	return []engine.Warning{engine.WarnLog.With(fmt.Sprintf("%s-wal, the log of the embedded store, held %d bytes that tempskv did not write, "+
		"behind its last commit. No acknowledged write is missing, but something else writes to this file, or the disk fails: check "+
		"the disk, and make a backup%s. This is shown until the next start", i.path, i.wal.Foreign, i.keptText()))}
}
