// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// State is what the lifecycle of the service stores.
type State interface {
	// Settings returns the stored settings, DefaultSettings if there are none.
	Settings(ctx context.Context) (Settings, error)
	SaveSettings(ctx context.Context, s Settings) error
	// Deletions returns the deleted projects whose keys may still be in the store.
	Deletions(ctx context.Context) ([]Deletion, error)
	// Deleted records that the keys of a deleted project are removed.
	Deleted(ctx context.Context, id kv.ProjectID) error
	// Unverified returns the projects whose id was assigned without checking the store for keys; Verify records that
	// check.
	Unverified(ctx context.Context) ([]kv.ProjectID, error)
	Verify(ctx context.Context, ids []kv.ProjectID) error
	Documents
}

// RestoreDocument is the name of the document that lists the projects being restored. The control data also keep it in
// memory, because every request is checked against it.
const RestoreDocument = "restore"

// Documents stores small texts by name: state that must survive a restart but needs no table. Names consist of letters,
// digits and '_'.
type Documents interface {
	// Document returns the stored text, empty if there is none.
	Document(ctx context.Context, name string) (string, error)
	// SwapDocument replaces before with after, where empty means no document, and reports false if another text is
	// stored. Other servers with the same control data then read their settings again, except for RestoreDocument.
	SwapDocument(ctx context.Context, name, before, after string) (bool, error)
}

// Deletion is a deleted project whose keys are still to be removed.
type Deletion struct {
	Project kv.ProjectID
	At      time.Time
}
