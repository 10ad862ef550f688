// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// view is what was read of one generation, and is added to. A request is checked against it without a lock. It is
// replaced if the generation changes, or this process removes something: the result of an earlier read that comes late
// then ends up in a view that is not used any more.
type view struct {
	state
	checked     atomic.Pointer[time.Time] // when the last check began that found this generation
	restoring   atomic.Pointer[string]    // the document of restores as of that check, or a later one
	credentials sync.Map                  // access.TokenHash -> *credential, nil if there is none
	projects    sync.Map                  // kv.ProjectID -> *access.Project, nil if there is none
	absent      atomic.Int64              // how many of both are nil
}

// credential is a Bearer and the text that it was read from.
type credential struct {
	*control.Bearer
	text string
}

// maxAbsent bounds how many absent items are remembered.
const maxAbsent = 10_000

func newView(st state, checked time.Time) *view {
	v := &view{state: st}
	v.restoring.Store(&st.restore)
	v.checked.Store(&checked)
	return v
}

// age returns how long ago the last check began. The monotonic clock of a process that was frozen stood still, and a
// wall clock may be set back: the larger of the two ages counts.
func (v *view) age(now time.Time) time.Duration {
	checked := *v.checked.Load()
	return max(now.Sub(checked), now.Round(0).Sub(checked.Round(0)))
}

// addCredential adds what was read: c is nil if there is none.
func (v *view) addCredential(h access.TokenHash, c *credential) {
	if c != nil || v.absent.Add(1) <= maxAbsent {
		v.credentials.Store(h, c)
	}
}

func (v *view) addProject(id kv.ProjectID, p *access.Project) {
	if p != nil || v.absent.Add(1) <= maxAbsent {
		v.projects.Store(id, p)
	}
}

// known returns the credentials and projects that exist.
func (v *view) known() (map[access.TokenHash]*credential, []*access.Project) {
	credentials := map[access.TokenHash]*credential{}
	v.credentials.Range(func(h, c any) bool {
		if c := c.(*credential); c != nil {
			credentials[h.(access.TokenHash)] = c
		}
		return true
	})
	var projects []*access.Project
	v.projects.Range(func(_, p any) bool {
		if p := p.(*access.Project); p != nil {
			projects = append(projects, p)
		}
		return true
	})
	return credentials, projects
}

// removal is what a change of this process removes from memory.
type removal struct {
	gone    func(b *control.Bearer) bool
	project kv.ProjectID
}

// without returns a view of the same generation without what is removed, and without absent items.
func (v *view) without(r removal) *view {
	next := newView(v.state, *v.checked.Load())
	next.restoring.Store(v.restoring.Load())
	credentials, projects := v.known()
	for h, c := range credentials {
		if !r.gone(c.Bearer) {
			next.credentials.Store(h, c)
		}
	}
	for _, p := range projects {
		if p.ID != r.project {
			next.projects.Store(p.ID, p)
		}
	}
	return next
}

// forget replaces the view by one without the credentials and the project that are removed, and without absent items:
// this process sees its own changes at once. The generation stays the old one, so that the next check reads again. What
// a current check has already read is removed when it ends.
func (s *Store) forget(gone func(b *control.Bearer) bool, project kv.ProjectID) {
	r := removal{gone, project}
	s.replacing.Lock()
	defer s.replacing.Unlock()
	s.view.Store(s.view.Load().without(r))
	if s.looking {
		s.removals = append(s.removals, r)
	}
}

// beginCheck returns the view that a check begins with. There is one check at a time: see alone.
func (s *Store) beginCheck() *view {
	s.replacing.Lock()
	defer s.replacing.Unlock()
	s.looking, s.removals = true, nil
	return s.view.Load()
}

// endCheck uses what a check has read, nil if it failed, without what this process removed since the check began. So
// changes of this process, however many, never make a check useless.
func (s *Store) endCheck(read *view) {
	s.replacing.Lock()
	defer s.replacing.Unlock()
	s.looking = false
	if read == nil {
		return
	}
	if read.settings != s.settingsSeen {
		s.settingsSeen = read.settings
		s.noteChanged()
	}
	v := s.view.Load()
	if read.same(v.state) { // then v lacks what was removed, and may hold what was added since
		v.restoring.Store(read.restoring.Load()) // before its age: see RestoreDocument
		v.checked.Store(read.checked.Load())
		return
	}
	for _, r := range s.removals {
		read = read.without(r)
	}
	s.view.Store(read)
}

// nobody is for changes that remove no credential.
func nobody(*control.Bearer) bool { return false }
