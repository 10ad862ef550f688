// SPDX-License-Identifier: Apache-2.0

package embedded

import "context"

// Migrations are those of the file.
var Migrations = migrations

// Scrub reads all that is stored once, without pauses, and returns what it found.
func (s *Store) Scrub(ctx context.Context) error { return s.scrubOnce(ctx) }
