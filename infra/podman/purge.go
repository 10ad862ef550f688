// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"

	"github.com/tempskv/tempskv/handlers/engine"
)

// Purge removes the container, the volume with all data, the secret and the passwords. It may be called again after an
// error, and continues. Errors: as Disable.
func (e *Engine) Purge(ctx context.Context) (err error) {
	t, err := e.begin(ctx, engine.Settings{})
	if err != nil {
		return err
	}
	defer t.end(&err)
	e.use(nil)
	if err := t.removeAll(ctx); err != nil {
		return err
	}
	return t.record.remove()
}
