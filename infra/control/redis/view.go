// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// view is what was read of one generation, and is added to. A request is checked against it without a lock. It is
// replaced where the generation is another, or this process takes something away: what was read before and
// comes late then ends up in a view that nobody asks any more.
type view struct {
	state
	checked     atomic.Pointer[time.Time] // when the last look began that found this generation
	credentials sync.Map                  // kv.TokenHash -> *credential, nil where there is none
	projects    sync.Map                  // kv.ProjectID -> *kv.Project, nil where there is none
	absent      atomic.Int64              // how many of both there are not
}

// credential is a Bearer and the text that it was read from.
type credential struct {
	*control.Bearer
	text string
}

// maxAbsent bounds how much is remembered of what is not there.
const maxAbsent = 10_000

func newView(st state, checked time.Time) *view {
	v := &view{state: st}
	v.checked.Store(&checked)
	return v
}

// age returns how long ago the last look began. A process that was frozen has a monotonic clock that stood still, and a
// wall clock may be set back: the larger of the two counts.
func (v *view) age(now time.Time) time.Duration {
	checked := *v.checked.Load()
	return max(now.Sub(checked), now.Round(0).Sub(checked.Round(0)))
}

// addCredential adds what was read: c is nil where there is none.
func (v *view) addCredential(h kv.TokenHash, c *credential) {
	if c != nil || v.absent.Add(1) <= maxAbsent {
		v.credentials.Store(h, c)
	}
}

func (v *view) addProject(id kv.ProjectID, p *kv.Project) {
	if p != nil || v.absent.Add(1) <= maxAbsent {
		v.projects.Store(id, p)
	}
}

// known returns the credentials and projects that there are.
func (v *view) known() (map[kv.TokenHash]*credential, []*kv.Project) {
	credentials := map[kv.TokenHash]*credential{}
	v.credentials.Range(func(h, c any) bool {
		if c := c.(*credential); c != nil {
			credentials[h.(kv.TokenHash)] = c
		}
		return true
	})
	var projects []*kv.Project
	v.projects.Range(func(_, p any) bool {
		if p := p.(*kv.Project); p != nil {
			projects = append(projects, p)
		}
		return true
	})
	return credentials, projects
}

// forget replaces the view by one without the credentials and the project that are gone, and without what was not
// there: this process sees its own changes at once. The generation stays the old one, so that the next look reads anew.
func (s *Store) forget(gone func(b *control.Bearer) bool, project kv.ProjectID) {
	for {
		v := s.view.Load()
		next := newView(v.state, *v.checked.Load())
		credentials, projects := v.known()
		for h, c := range credentials {
			if !gone(c.Bearer) {
				next.credentials.Store(h, c)
			}
		}
		for _, p := range projects {
			if p.ID != project {
				next.projects.Store(p.ID, p)
			}
		}
		if s.view.CompareAndSwap(v, next) {
			return
		}
	}
}

// nobody is for changes that take no credential away.
func nobody(*control.Bearer) bool { return false }
