// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// maxCounted bounds the keys that are counted of one project.
	maxCounted = 100_000
	// maxCountedProjects bounds the projects whose keys are counted.
	maxCountedProjects = 200
	countPage          = 1000
	// countTime bounds all counting together, countAge how long what was counted is shown.
	countTime = 2 * time.Second
	countAge  = 30 * time.Second
	// metricsAge is countAge for metrics, which ask all the time.
	metricsAge = 5 * time.Minute
)

// projectKeys is how many keys a project has: at least so many, unless the count is complete.
type projectKeys struct {
	ID       kv.ProjectID `json:"id" minimum:"1" maximum:"9007199254740991" example:"1" doc:"The project."`
	Keys     int64        `json:"keys" minimum:"0" example:"1234" doc:"How many keys were counted."`
	Complete bool         `json:"complete" example:"true" doc:"Whether that is all of them: counting ends after 100,000 keys, and after 2 seconds for all projects."`
}

// keyCounts is the last count of keys. Keys are counted on demand, one count at a time.
type keyCounts struct {
	mu     sync.Mutex
	at     time.Time
	counts []projectKeys
}

// ProjectKeys returns how many keys the projects have, for metrics: those that could be counted, at most 200, and of each
// at most 100,000 keys. They are counted again after 5 minutes.
func (a *API) ProjectKeys(ctx context.Context) (map[kv.ProjectID]int64, error) {
	counts, err := a.keysOfProjects(ctx, metricsAge)
	if err != nil {
		return nil, err
	}
	keys := make(map[kv.ProjectID]int64, len(counts))
	for _, c := range counts {
		if c.Complete || c.Keys >= maxCounted {
			keys[c.ID] = min(c.Keys, maxCounted)
		}
	}
	return keys, nil
}

// keysOfProjects returns a count that is at most so old. Where the service is off there is nothing to count.
func (a *API) keysOfProjects(ctx context.Context, age time.Duration) ([]projectKeys, error) {
	a.keyCounts.mu.Lock()
	defer a.keyCounts.mu.Unlock()
	lease, err := a.service.Acquire()
	if err != nil {
		return []projectKeys{}, nil
	}
	defer lease.Release()
	if now := a.now(); a.keyCounts.counts != nil && now.Sub(a.keyCounts.at) < age {
		return a.keyCounts.counts, nil
	}
	projects, err := a.control.ListProjects(ctx)
	if err != nil {
		return nil, err
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	counts := make([]projectKeys, 0, min(len(projects), maxCountedProjects))
	for _, p := range projects[:cap(counts)] {
		counts = append(counts, countKeys(counting, lease, p.ID))
	}
	if ctx.Err() == nil {
		a.keyCounts.at, a.keyCounts.counts = a.now(), counts
	}
	return counts, nil
}

// countKeys counts until ctx ends. A scan may return a key twice while the store moves keys, and then it counts twice.
func countKeys(ctx context.Context, store kv.Lister, id kv.ProjectID) projectKeys {
	count := projectKeys{ID: id}
	for cursor := kv.Cursor(""); count.Keys < maxCounted; {
		page, err := store.Scan(ctx, id, "*", cursor, countPage)
		if err != nil {
			return count
		}
		count.Keys += int64(len(page.Keys))
		if cursor = page.Cursor; cursor == "" {
			count.Complete = true
			return count
		}
	}
	return count
}
