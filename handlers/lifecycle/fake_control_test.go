// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// control is an engine.State in memory.
type control struct {
	load, save fault

	mu         sync.Mutex
	settings   engine.Settings
	deletions  []engine.Deletion
	unverified []kv.ProjectID
	documents  map[string]string
	projects   []access.Project
	changed    []chan struct{} // of the services that share it
}

func newControl() *control { return &control{settings: engine.DefaultSettings()} }

func (c *control) Settings(ctx context.Context) (engine.Settings, error) {
	if err := c.load.hit(ctx); err != nil {
		return engine.Settings{}, err
	}
	return c.stored(), nil
}

func (c *control) stored() engine.Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings
}

func (c *control) SaveSettings(ctx context.Context, s engine.Settings) error {
	if err := c.save.hit(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settings = s
	c.tell()
	return nil
}

// tell notifies the services of a change. The lock is held.
func (c *control) tell() {
	for _, changed := range c.changed {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

func (c *control) Document(_ context.Context, name string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.documents[name], nil
}

func (c *control) SwapDocument(_ context.Context, name, before, after string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.documents[name] != before {
		return false, nil
	}
	if c.documents == nil {
		c.documents = map[string]string{}
	}
	c.documents[name] = after
	c.tell()
	return true, nil
}

// share returns the channel that notifies a service of changes made by another one.
func (c *control) share() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := make(chan struct{}, 1)
	c.changed = append(c.changed, changed)
	return changed
}

func (c *control) Deletions(context.Context) ([]engine.Deletion, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.deletions), nil
}

func (c *control) deleteProject(id kv.ProjectID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deletions = append(c.deletions, engine.Deletion{Project: id, At: time.Now()})
}

// dateDeletions sets the time of all deletions.
func (c *control) dateDeletions(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.deletions {
		c.deletions[i].At = at
	}
}

func (c *control) Deleted(_ context.Context, id kv.ProjectID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deletions = slices.DeleteFunc(c.deletions, func(d engine.Deletion) bool { return d.Project == id })
	return nil
}

func (c *control) Unverified(context.Context) ([]kv.ProjectID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.unverified), nil
}

func (c *control) Verify(_ context.Context, ids []kv.ProjectID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unverified = slices.DeleteFunc(c.unverified, func(id kv.ProjectID) bool { return slices.Contains(ids, id) })
	return nil
}
