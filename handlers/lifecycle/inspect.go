// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Inspect returns what is wrong with a store that is not in use, by its mark and what the control data with that id remember
// of it; nothing if all is well. It changes nothing. Errors: those of both.
func Inspect(ctx context.Context, c engine.Documents, id string, store kv.Claimer) ([]engine.Warning, error) {
	m, err := store.Mark(ctx)
	if err != nil {
		return nil, err
	}
	o, known := ownershipOf(m, id)
	if !known {
		before, _, err := loadRecord(ctx, c)
		if err != nil || before.Marked.IsZero() {
			return nil, err
		}
		holds, err := store.HoldsKeys(ctx)
		if err != nil {
			return nil, err
		}
		if o = emptiedStore(m); holds && !before.flushed(m) {
			o = replacedStore(m)
		}
		if holds && before.sameRun(m) && !before.flushed(m) {
			return nil, nil // it will be marked again
		}
	}
	if o.state == ours {
		return nil, nil
	}
	return []engine.Warning{o.code().With(o.detail)}, nil
}
