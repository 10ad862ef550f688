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

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// journalVersion is the number of the form of a journal.
const journalVersion = 1

// journal is the document kv.RestoreDocument: what is being restored. Every server follows it, and refuses the data calls
// of the projects in it.
type journal struct {
	Version int `json:"version"`
	// Serial counts how often a restore was begun or went on. A reader of all keys that finds another one at the end may
	// have read half of what was before and half of what came.
	Serial  int64    `json:"serial"`
	Restore *pending `json:"restore,omitempty"`
}

// pending is a restore that is not over.
type pending struct {
	Backup   string         `json:"backup"`
	Project  kv.ProjectID   `json:"project,omitempty"` // of the backup; 0: all that it holds
	Into     kv.ProjectID   `json:"into,omitempty"`
	KeysOnly bool           `json:"keys_only,omitempty"`
	Scratch  bool           `json:"scratch,omitempty"`  // into an empty store that takes the place of the one in use
	Projects []kv.ProjectID `json:"projects,omitempty"` // whose keys are replaced, in ascending order
	BegunAt  time.Time      `json:"begun_at"`
	By       author         `json:"by"`

	Stage  stage  `json:"stage"`
	Before string `json:"before,omitempty"` // the backup of what is replaced; empty if there were no keys
	Back   bool   `json:"back,omitempty"`   // Before is restored, and not Backup
	Cause  string `json:"cause,omitempty"`  // why
	Result string `json:"result,omitempty"` // where it is over
	Keys   int64  `json:"keys,omitempty"`   // how many of Total are there
	Total  int64  `json:"total,omitempty"`

	// Holder is the server that restores, empty while none does. It counts Beat up every few seconds; the others take over
	// once that stands still.
	Holder  string `json:"holder,omitempty"`
	Beat    int64  `json:"beat"`
	Trouble string `json:"trouble,omitempty"` // what the last try failed in

	// Earlier is a restore that was cut off before this one began, of projects that may be others.
	Earlier *pending `json:"earlier,omitempty"`
}

// stage is how far a restore is.
type stage string

// The stages, in order. Until replacing, or switching, nothing was changed.
const (
	preparing stage = "prepare" // data calls are served
	blocking  stage = "seclude" // they are refused from here on
	replacing stage = "replace" // keys are deleted and stored
	switching stage = "switch"  // the engine takes the other store into use
	admitting stage = "access"  // all keys are there, projects and tokens follow
	over      stage = "over"    // data calls are served; the audit log is still to be told
)

// author is who began a restore, for the audit log.
type author struct {
	Actor     string `json:"actor"`
	Action    string `json:"action"`
	Target    string `json:"target"`
	IP        string `json:"ip"`
	RequestID string `json:"request_id"`
}

func newAuthor(e kv.AuditEntry) author { return author{e.Actor, e.Action, e.Target, e.IP, e.RequestID} }

// parseJournal reads a journal; none is an empty one. Errors: ErrUnavailable for one of a later version.
func parseJournal(text string) (journal, error) {
	j := journal{Version: journalVersion}
	if text == "" {
		return j, nil
	}
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return j, fmt.Errorf("the journal of restores: %w", err)
	}
	if j.Version > journalVersion {
		return j, kv.Refuse(kv.ErrUnavailable, "the journal of restores was written by a newer tempskv: run that")
	}
	return j, nil
}

func (j journal) String() string {
	text, err := json.Marshal(j)
	if err != nil {
		panic(err) // it holds nothing that cannot be written
	}
	return string(text)
}

// changed reports whether keys may have been touched.
func (p *pending) changed() bool {
	return p.Stage == replacing || p.Stage == switching || p.Stage == admitting
}

// held returns the projects whose calls are refused, or whether those of all are.
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

// without returns what is left of a restore once the keys of the projects are replaced by another one; nil if nothing is.
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

// Hold returns what lifecycle.Config.Hold is to be, for a journal that read returns.
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
		Code:    kv.WarnRestore,
		Detail:  "the keys of this project are being restored from a backup: try again when that is over",
		Warning: shown.describe(),
	}
	h.Projects, h.All = p.held()
	return h
}

// describe says how a restore is and what to do about it.
func (p *pending) describe() string {
	what := fmt.Sprintf("the restore of the backup %s, begun at %s", p.Backup, p.BegunAt.Format(time.RFC3339))
	if p.Back {
		what += ", is rolled back to " + cmp.Or(p.Before, "no keys") + " (" + p.Cause + ") and"
	}
	if p.Holder != "" && p.Trouble == "" {
		what += " is under way"
		if p.Total > 0 {
			what += fmt.Sprintf(": %d of %d keys", p.Keys, p.Total)
		}
		return what + "; data calls are refused until it is over"
	}
	return what + " was interrupted (" + cmp.Or(p.Trouble, "the server that did it ended") + "); it goes on by itself when it can, " +
		"and data calls are refused until it is over: tempskv backup restore ID --replace of any backup with these projects ends it"
}
