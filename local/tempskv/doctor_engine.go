// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/tempskv/tempskv/runtime/config"
)

// checkEngine looks at the engine of a server that does not run.
func checkEngine(ctx context.Context, cfg config.Config) finding {
	return ok("engine", "")
}
