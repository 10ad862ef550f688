// SPDX-License-Identifier: Apache-2.0

package sqlite

import "github.com/tempskv/tempskv/infra/sqlite"

// DB lets tests limit the size of the file or make it read-only, which from outside would need root.
func (s *Store) DB() *sqlite.DB { return s.db }
