// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// recordName is the document that remembers the mark.
const recordName = "owner"

// recordTime is how often it is tried to write the document at most.
const recordTime = time.Minute

// record is what the control data remember of the mark that a store bears: where it is missing later, keys are too.
type record struct {
	Marked time.Time `json:"marked"` // when it was seen first; zero: never
	Run    string    `json:"run"`    // of the server, when it was seen last
}

// sameRun reports whether the server of the mark runs since it was seen.
func (r record) sameRun(m kv.Mark) bool { return m.Run != "" && m.Run == r.Run }

// recorded returns what is remembered, and its text.
func recorded(ctx context.Context, c kv.Documents) (r record, text string, err error) {
	text, err = c.Document(ctx, recordName)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &r)
	}
	if err != nil {
		return r, text, fmt.Errorf("what is known of the store: %w", err)
	}
	return r, text, nil
}

// record remembers a mark. Where that fails the next look tries again.
func (s *Service) record(ctx context.Context, m kv.Mark) {
	s.recording.Lock()
	defer s.recording.Unlock()
	if !s.known.Marked.IsZero() && s.known.Run == m.Run || time.Since(s.recordedAt) < recordTime {
		return
	}
	s.recordedAt = time.Now() // also where it fails: a user may lack the permission
	before, text, err := recorded(ctx, s.control)
	if err != nil {
		return
	}
	after := record{before.Marked, m.Run}
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

// mayHaveHadKeys reports whether there is a project, as far as is known.
func (s *Service) mayHaveHadKeys(ctx context.Context) bool {
	if s.listProjects == nil {
		return true
	}
	projects, err := s.listProjects(ctx)
	return err != nil || len(projects) > 0
}
