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

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
)

// catalog caches the results of the last List.
type catalog struct {
	mu        sync.Mutex
	manifests map[string]cachedManifest // by file name
	problems  map[string]string         // by id
	shrank    string
	none      bool   // there was no backup of the whole service
	failed    string // the error of List
	known     bool
	at        time.Duration // when List ran
}

// cachedManifest is a manifest with size and time of the file that it was read from.
type cachedManifest struct {
	size     int64
	modified time.Time
	manifest Manifest
}

const (
	// maxCached bounds the number of cached manifests, and maxCachedProjects the number of projects in each.
	maxCached         = 10_000
	maxCachedProjects = 100
)

// manifest returns the cached manifest if the file has not changed.
func (c *catalog) manifest(f archive.FileInfo) (Manifest, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, ok := c.manifests[f.Name]
	if !ok || kept.size != f.Size || !kept.modified.Equal(f.Modified) {
		return Manifest{}, false
	}
	m := kept.manifest
	m.Projects, m.Deleting = slices.Clone(m.Projects), slices.Clone(m.Deleting)
	return m, true
}

// cache stores the manifest of a file.
func (c *catalog) cache(f archive.FileInfo, m Manifest) {
	if len(m.Projects)+len(m.Deleting) > maxCachedProjects {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.manifests == nil || len(c.manifests) >= maxCached {
		c.manifests = map[string]cachedManifest{}
	}
	m.Projects, m.Deleting = slices.Clone(m.Projects), slices.Clone(m.Deleting)
	c.manifests[f.Name] = cachedManifest{f.Size, f.Modified, m}
}

// listed stores the result of a listing of all files.
func (c *catalog) listed(files map[string]archive.FileInfo, all []Manifest, err error, at time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.at, c.failed = true, at, explain(err)
	if err != nil {
		return
	}
	c.problems = map[string]string{}
	for _, m := range all {
		if m.Problem != "" {
			c.problems[m.ID] = m.Problem
		}
	}
	c.shrank = shrinkage(all)
	c.none = !slices.ContainsFunc(all, func(m Manifest) bool { return m.Scope == WholeService })
	maps.DeleteFunc(c.manifests, func(name string, _ cachedManifest) bool {
		_, there := files[name]
		return !there
	})
}

// problem returns what was wrong with a backup in the last listing.
func (c *catalog) problem(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.problems[id]
}

// shownDamaged is how many damaged backups a warning names.
const shownDamaged = 3

// warnings returns what was wrong in the last listing.
func (c *catalog) warnings() []engine.Warning {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []engine.Warning
	if n := len(c.problems); n > 0 {
		ids := slices.Sorted(maps.Keys(c.problems))
		var shown []string
		for _, id := range ids[max(0, n-shownDamaged):] {
			shown = append(shown, id+": "+c.problems[id])
		}
		all = append(all, engine.WarnBackupDamaged.With(fmt.Sprintf("damaged backups: %d (%s); verify the others, make a new one "+
			"and delete these", n, strings.Join(shown, "; "))))
	}
	if c.shrank != "" {
		all = append(all, engine.WarnBackupShrank.With(c.shrank))
	}
	return all
}

// locationWarnings says that the files could not be listed, or that the scheduled backups are gone.
func (c *catalog) locationWarnings(p archive.Schedule, location string) []engine.Warning {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failed != "":
		return []engine.Warning{engine.WarnBackupPlace.With("backups cannot be listed: " + c.failed)}
	case c.known && c.none && !p.LastSuccess.IsZero():
		return []engine.Warning{engine.WarnBackupMissing.With(fmt.Sprintf("the last backup was made at %s, but there is none in %s now: "+
			"put the files back, or make a new one with: tempskv backup create", p.LastSuccess.Format(time.RFC3339), location))}
	}
	return nil
}

const (
	// listInterval is how often all files are listed.
	listInterval = time.Minute
	// listTimeout bounds a listing in the background.
	listTimeout = 30 * time.Second
)

// refresh lists all files if that has not been done for a while.
func (s *Manager) refresh(ctx context.Context) {
	s.catalog.mu.Lock()
	fresh := s.catalog.known && s.clock.Elapsed()-s.catalog.at < listInterval
	s.catalog.mu.Unlock()
	if fresh {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	_, _ = s.List(ctx) // the catalog keeps its error
}
