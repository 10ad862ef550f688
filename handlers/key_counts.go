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

// projectKeys is what a project holds: at least so much, unless the count is complete.
type projectKeys struct {
	id       kv.ProjectID
	keys     int64
	bytes    *int64 // nil where they were not counted
	complete bool
}

// keyCounts is the last count of keys. Keys are counted on demand, one count at a time.
type keyCounts struct {
	mu     sync.Mutex
	at     time.Time
	counts []projectKeys

	one   projectKeys // what was counted last of one project alone, and when
	oneAt time.Time
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
		if c.complete || c.keys >= maxCounted {
			keys[c.id] = min(c.keys, maxCounted)
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

// heldBy returns what one project holds, with its bytes where the store can count them. It is up to countAge old.
func (a *API) heldBy(ctx context.Context, id kv.ProjectID) (projectKeys, error) {
	a.keyCounts.mu.Lock()
	defer a.keyCounts.mu.Unlock()
	lease, err := a.service.Acquire()
	if err != nil {
		return projectKeys{id: id}, nil
	}
	defer lease.Release()
	last := &a.keyCounts
	if last.one.id == id && a.now().Sub(last.oneAt) < countAge {
		return last.one, nil
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	count := countKeys(counting, lease, id)
	if count.bytes == nil && lease.Capabilities().Count != nil {
		count = measureKeys(counting, lease, id)
	}
	if ctx.Err() == nil {
		last.one, last.oneAt = count, a.now()
	}
	return count, ctx.Err()
}

// countKeys asks the store what it knows, or counts keys until ctx ends. A scan may return a key twice while the store moves
// keys, and then it counts twice.
func countKeys(ctx context.Context, store kv.Store, id kv.ProjectID) projectKeys {
	count := projectKeys{id: id}
	if usage := store.Capabilities().Usage; usage != nil {
		if u, err := usage(ctx, id); err == nil {
			count.keys, count.bytes, count.complete = u.Keys, new(u.Bytes), true
		}
		return count
	}
	for cursor := kv.Cursor(""); count.keys < maxCounted; {
		page, err := store.Scan(ctx, id, "*", cursor, countPage)
		if err != nil {
			return count
		}
		count.keys += int64(len(page.Keys))
		if cursor = page.Cursor; cursor == "" {
			count.complete = true
			return count
		}
	}
	return count
}

// measureKeys counts keys and their bytes until ctx ends.
func measureKeys(ctx context.Context, store kv.Store, id kv.ProjectID) projectKeys {
	count, bytes := projectKeys{id: id}, int64(0)
	for cursor := kv.Cursor(""); count.keys < maxCounted; {
		u, next, err := store.Capabilities().Count(ctx, id, cursor, true)
		if err != nil {
			break
		}
		count.keys, bytes = count.keys+u.Keys, bytes+u.Bytes
		if cursor = next; cursor == "" {
			count.complete = true
			break
		}
	}
	count.bytes = &bytes
	return count
}
