// SPDX-License-Identifier: Apache-2.0

package sqlite

import "github.com/tempskv/tempskv/infra/sqlite"

// DB lets tests take the room or the right to write from the file, which needs root from outside.
func (s *Store) DB() *sqlite.DB { return s.db }
