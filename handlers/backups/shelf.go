// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// shelf remembers what List saw last.
type shelf struct {
	mu        sync.Mutex
	manifests map[string]shelved // by the name of the file
	problems  map[string]string  // by id
	shrank    string
	none      bool   // whether no backup of the whole service was there
	failed    string // what List ended in
	known     bool
	at        time.Duration // when that was
}

// shelved is a manifest as it was read from a file.
type shelved struct {
	size     int64
	modified time.Time
	manifest Manifest
}

const (
	// maxShelved bounds how many manifests are remembered, and maxShelvedProjects of how many projects each.
	maxShelved         = 10_000
	maxShelvedProjects = 100
)

// manifest returns what was read from the file, if that is the same as then.
func (s *shelf) manifest(f kv.BackupFileInfo) (Manifest, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.manifests[f.Name]
	if !ok || kept.size != f.Size || !kept.modified.Equal(f.Modified) {
		return Manifest{}, false
	}
	m := kept.manifest
	m.Projects, m.Deleting = slices.Clone(m.Projects), slices.Clone(m.Deleting)
	return m, true
}

// keep remembers the manifest of a file.
func (s *shelf) keep(f kv.BackupFileInfo, m Manifest) {
	if len(m.Projects)+len(m.Deleting) > maxShelvedProjects {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.manifests == nil || len(s.manifests) >= maxShelved {
		s.manifests = map[string]shelved{}
	}
	m.Projects, m.Deleting = slices.Clone(m.Projects), slices.Clone(m.Deleting)
	s.manifests[f.Name] = shelved{f.Size, f.Modified, m}
}

// saw remembers what a look at all files came to.
func (s *shelf) saw(files map[string]kv.BackupFileInfo, all []Manifest, err error, at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.at, s.failed = true, at, explain(err)
	if err != nil {
		return
	}
	s.problems = map[string]string{}
	for _, m := range all {
		if m.Problem != "" {
			s.problems[m.ID] = m.Problem
		}
	}
	s.shrank = shrinkage(all)
	s.none = !slices.ContainsFunc(all, func(m Manifest) bool { return m.Scope == WholeService })
	maps.DeleteFunc(s.manifests, func(name string, _ shelved) bool {
		_, there := files[name]
		return !there
	})
}

// problem returns what was wrong with a backup when all were looked at last.
func (s *shelf) problem(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problems[id]
}

// shownDamaged is how many damaged backups a warning names.
const shownDamaged = 3

// warnings tells what was wrong when all were looked at last.
func (s *shelf) warnings() []kv.Warning {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []kv.Warning
	if n := len(s.problems); n > 0 {
		ids := slices.Sorted(maps.Keys(s.problems))
		var shown []string
		for _, id := range ids[max(0, n-shownDamaged):] {
			shown = append(shown, id+": "+s.problems[id])
		}
		all = append(all, kv.WarnBackupDamaged.With(fmt.Sprintf("damaged backups: %d (%s); verify the others, make another one "+
			"and delete these", n, strings.Join(shown, "; "))))
	}
	if s.shrank != "" {
		all = append(all, kv.WarnBackupShrank.With(s.shrank))
	}
	return all
}

// place says that the files could not be looked at, or that those which were made by the plan are gone.
func (s *shelf) place(p kv.BackupPlan, location string) []kv.Warning {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failed != "":
		return []kv.Warning{kv.WarnBackupPlace.With("the place of backups cannot be read: " + s.failed)}
	case s.known && s.none && !p.LastSuccess.IsZero():
		return []kv.Warning{kv.WarnBackupMissing.With(fmt.Sprintf("the last backup was made at %s, and there is none in %s any more: "+
			"put the files back, or make another one with: tempskv backup create", p.LastSuccess.Format(time.RFC3339), location))}
	}
	return nil
}

const (
	// shelfTime is how often all files are looked at.
	shelfTime = time.Minute
	// shelfLimit bounds a look that nobody waits for.
	shelfLimit = 30 * time.Second
)

// refresh looks at all files, if nobody has for a while.
func (s *Service) refresh(ctx context.Context) {
	s.shelf.mu.Lock()
	fresh := s.shelf.known && s.clock.Elapsed()-s.shelf.at < shelfTime
	s.shelf.mu.Unlock()
	if fresh {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, shelfLimit)
	defer cancel()
	_, _ = s.List(ctx) // which remembers what it ends in
}
