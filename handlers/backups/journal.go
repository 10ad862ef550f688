// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// journalVersion is the version of the journal format.
const journalVersion = 1

// journal is the document engine.RestoreDocument: what is being restored. Every server reads it and refuses data calls of the
// projects in it.
type journal struct {
	Version int `json:"version"`
	// Serial counts the starts and continuations of restores. If it changed while all keys were read, old and new keys may
	// be mixed.
	Serial  int64    `json:"serial"`
	Restore *pending `json:"restore,omitempty"`
}

// pending is an unfinished restore.
type pending struct {
	Backup   string         `json:"backup"`
	Project  kv.ProjectID   `json:"project,omitempty"` // of the backup; 0: all of its projects
	Into     kv.ProjectID   `json:"into,omitempty"`
	KeysOnly bool           `json:"keys_only,omitempty"`
	Scratch  bool           `json:"scratch,omitempty"`  // into an empty store that replaces the one in use
	Projects []kv.ProjectID `json:"projects,omitempty"` // whose keys are replaced, in ascending order
	BegunAt  time.Time      `json:"begun_at"`
	By       author         `json:"by"`

	Stage  stage  `json:"stage"`
	Before string `json:"before,omitempty"` // the backup of the replaced keys; empty if there were none
	Back   bool   `json:"back,omitempty"`   // Before is restored instead of Backup
	Cause  string `json:"cause,omitempty"`  // why it is rolled back
	Result string `json:"result,omitempty"` // of a finished restore
	Keys   int64  `json:"keys,omitempty"`   // restored so far, of Total
	Total  int64  `json:"total,omitempty"`

	// Holder is the server that restores, empty while there is none. It increments Beat every few seconds; another server
	// takes over if Beat stands still.
	Holder  string `json:"holder,omitempty"`
	Beat    int64  `json:"beat"`
	Trouble string `json:"trouble,omitempty"` // the error of the last attempt

	// Earlier is an interrupted restore that this one follows, possibly of other projects.
	Earlier *pending `json:"earlier,omitempty"`
}

// stage is the progress of a restore.
type stage string

// The stages, in order. No key is changed before replacing or switching.
const (
	preparing       stage = "prepare" // data calls are served
	blocking        stage = "seclude" // data calls are refused from here on
	replacing       stage = "replace" // keys are deleted and stored
	switching       stage = "switch"  // the engine starts to use the new store
	restoringAccess stage = "access"  // all keys are restored; projects and tokens follow
	over            stage = "over"    // data calls are served; the audit entry is still to be written
)

// author is who started a restore, for the audit log.
type author struct {
	Actor     string `json:"actor"`
	Action    string `json:"action"`
	Target    string `json:"target"`
	IP        string `json:"ip"`
	RequestID string `json:"request_id"`
}

func newAuthor(e access.AuditEntry) author {
	return author{e.Actor, e.Action, e.Target, e.IP, e.RequestID}
}

// parseJournal reads a journal; an empty text is an empty journal. Errors: ErrUnavailable for a later version.
func parseJournal(text string) (journal, error) {
	j := journal{Version: journalVersion}
	if text == "" {
		return j, nil
	}
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return j, fmt.Errorf("the journal of restores: %w", err)
	}
	if j.Version > journalVersion {
		return j, kv.Refuse(kv.ErrUnavailable, "the journal of restores was written by a newer tempskv: upgrade this one")
	}
	return j, nil
}

func (j journal) String() string {
	text, err := json.Marshal(j)
	if err != nil {
		panic(err) // every journal can be encoded
	}
	return string(text)
}

// changed reports whether keys may have been changed.
func (p *pending) changed() bool {
	return p.Stage == replacing || p.Stage == switching || p.Stage == restoringAccess
}

// held returns the projects whose calls are refused, and whether all calls are.
func (p *pending) held() (projects []kv.ProjectID, all bool) {
	for ; p != nil; p = p.Earlier {
		if p.Stage == preparing || p.Stage == over {
			continue
		}
		projects = append(projects, p.Projects...)
		all = all || p.Scratch
	}
	slices.Sort(projects)
	return slices.Compact(projects), all
}

// without returns what remains of a restore after another one replaced the keys of the projects; nil if nothing.
func (p *pending) without(projects []kv.ProjectID) *pending {
	if p == nil {
		return nil
	}
	rest := *p
	rest.Projects = slices.DeleteFunc(slices.Clone(p.Projects), func(id kv.ProjectID) bool {
		return slices.Contains(projects, id)
	})
	rest.Earlier = p.Earlier.without(projects)
	if len(rest.Projects) == 0 {
		return rest.Earlier
	}
	return &rest
}

// Hold returns a function for lifecycle.Config.Hold. read returns the text of the journal.
func Hold(read func(ctx context.Context) (string, error)) func(ctx context.Context) (*lifecycle.Hold, error) {
	type parsed struct {
		text string
		hold *lifecycle.Hold
		err  error
	}
	var last atomic.Pointer[parsed]
	return func(ctx context.Context) (*lifecycle.Hold, error) {
		text, err := read(ctx)
		if err != nil || text == "" {
			return nil, err
		}
		p := last.Load()
		if p == nil || p.text != text {
			j, err := parseJournal(text)
			p = &parsed{text, j.hold(), err}
			last.Store(p)
		}
		return p.hold, p.err
	}
}

func (j journal) hold() *lifecycle.Hold {
	p := j.Restore
	if p == nil {
		return nil
	}
	shown := p
	if p.Stage == over && p.Earlier != nil {
		shown = p.Earlier
	}
	h := &lifecycle.Hold{
		Running: p.Stage != over && p.Holder != "",
		Access:  p.Project == 0 && !p.KeysOnly && p.Stage != over,
		Code:    engine.WarnRestore,
		Detail:  "the keys of this project are being restored from a backup: try again when that has finished",
		Warning: shown.describe(),
	}
	h.Projects, h.All = p.held()
	return h
}

// describe says how far a restore is and what to do about it.
func (p *pending) describe() string {
	what := fmt.Sprintf("the restore of backup %s, started at %s,", p.Backup, p.BegunAt.Format(time.RFC3339))
	if p.Back {
		what += " is rolled back to " + cmp.Or(p.Before, "no keys") + " (" + p.Cause + ") and"
	}
	if p.Holder != "" && p.Trouble == "" {
		what += " is under way"
		if p.Total > 0 {
			what += fmt.Sprintf(": %d of %d keys", p.Keys, p.Total)
		}
		return what + "; data calls are refused until it has finished"
	}
	return what + " was interrupted (" + cmp.Or(p.Trouble, "its server stopped") + "); it continues automatically when possible, " +
		"and data calls are refused until it has finished: tempskv backup restore ID --replace of any backup with these projects ends it"
}
