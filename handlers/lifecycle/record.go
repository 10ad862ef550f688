// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// recordName is the document that remembers the mark.
const recordName = "owner"

// recordTime is how often it is tried to write the document at most.
const recordTime = time.Minute

// record is what the control data remember of the mark of a store: if the mark is missing later, so are keys.
type record struct {
	Marked time.Time `json:"marked"` // when it was seen first; zero: never
	Run    string    `json:"run"`    // of the server, when it was seen last
	// Flushes is that of the mark then.
	Flushes int64 `json:"flushes"`
}

// sameRun reports whether the server of the mark runs since it was seen.
func (r record) sameRun(m kv.Mark) bool { return m.Run != "" && m.Run == r.Run }

// flushed reports whether a database of that server was emptied since.
func (r record) flushed(m kv.Mark) bool { return r.sameRun(m) && m.Flushes != r.Flushes }

// loadRecord returns what is remembered, and its text.
func loadRecord(ctx context.Context, c engine.Documents) (r record, text string, err error) {
	text, err = c.Document(ctx, recordName)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &r)
	}
	if err != nil {
		return r, text, fmt.Errorf("what is known of the store: %w", err)
	}
	return r, text, nil
}

// saveRecord remembers a mark. Where that fails the next look tries again.
func (s *Service) saveRecord(ctx context.Context, m kv.Mark) {
	s.recording.Lock()
	defer s.recording.Unlock()
	if !s.known.Marked.IsZero() && s.known.Run == m.Run && s.known.Flushes == m.Flushes || time.Since(s.recordedAt) < recordTime {
		return
	}
	s.recordedAt = time.Now() // also where it fails: a user may lack the permission
	before, text, err := loadRecord(ctx, s.control)
	if err != nil {
		return
	}
	after := record{before.Marked, m.Run, m.Flushes}
	if after.Marked.IsZero() {
		after.Marked = time.Now().UTC().Truncate(time.Second)
	}
	if after != before {
		next, err := json.Marshal(after)
		if err != nil {
			return
		}
		if done, err := s.control.SwapDocument(ctx, recordName, text, string(next)); err != nil || !done {
			return
		}
	}
	s.known = after
}

// restartTime is how long the status reports a server that ended with changes that it had not saved.
const restartTime = time.Hour

// detectRestart compares a mark of ours with that of the look before: a server that was started since has lost what it
// had not saved, and the mark with the other keys is back.
func (s *Service) detectRestart(m kv.Mark) {
	s.recording.Lock()
	defer s.recording.Unlock()
	if before := s.lastMark; before.Run != "" && m.Run != before.Run && before.Unsaved > 0 {
		s.restarted, s.restartedAt = before.Unsaved, time.Now()
	}
	s.lastMark = m
}

// restartWarning reports the last restart of the server that lost something, as far as is known.
func (s *Service) restartWarning() (w engine.Warning, found bool) {
	s.recording.Lock()
	defer s.recording.Unlock()
	if s.restarted == 0 || time.Since(s.restartedAt) > restartTime {
		return w, false
	}
	return engine.WarnStoreRestarted.With(fmt.Sprintf("the Redis was started again about %s, and had not saved its last changes (%d at "+
		"least): what was acknowledged between its last snapshot and its end is gone. Turn its append-only file on: appendonly yes",
		s.restartedAt.UTC().Format(time.RFC3339), s.restarted)), true
}

// mayHaveHadKeys reports whether there is a project, as far as is known.
func (s *Service) mayHaveHadKeys(ctx context.Context) bool {
	if s.listProjects == nil {
		return true
	}
	projects, err := s.listProjects(ctx)
	return err != nil || len(projects) > 0
}
