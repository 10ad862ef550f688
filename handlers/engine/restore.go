// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Restorer is an Engine whose keys can be replaced as a whole.
type Restorer interface {
	// Stage makes an empty store next to the one in use, for the settings. One that an earlier process left behind is
	// removed. Errors: as Engine.Enable.
	Stage(ctx context.Context, s Settings) (Staging, error)
}

// Staging is a store that is filled and then replaces the one in use. Promote or Discard ends it.
type Staging interface {
	// Store is the store to fill. The caller does not close it.
	Store() kv.Store
	// Promote puts it in the place of the engine's store, which was closed before or could not be brought up, and returns
	// the store to use. What it replaces is removed; with keep, or if it could not be brought up, it is kept aside.
	// If the process ends in the middle, either store is in place as a whole. If Promote fails, an Enable with the settings
	// from before brings back what was. Errors: kv.ErrNotSupported if keep is not possible.
	Promote(ctx context.Context, keep bool) (kv.Store, error)
	// Aside returns where Promote put what is kept aside, empty if nothing is.
	Aside() string
	// Discard removes it. The store in use stays as it is.
	Discard(ctx context.Context) error
}
