// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Scan returns a page of the keys that match pattern (empty: all), about limit of them. Errors: ErrInvalid for a
// cursor that no Scan made. See SCAN in the Redis command reference.
func (s *Store) Scan(
	ctx context.Context, p kv.ProjectID, pattern kv.Pattern, c kv.Cursor, limit int,
) (kv.Page, error) {
	var at *cursor
	if c != "" {
		decoded, err := decodeCursor(c)
		if err != nil {
			return kv.Page{}, err
		}
		at = &decoded
	}
	if pattern == "" {
		pattern = "*"
	}
	names, next, err := s.page(ctx, prefix(p)+string(pattern), limit, at)
	if err != nil {
		return kv.Page{}, err
	}
	page := kv.Page{Keys: make([]kv.Key, 0, len(names))}
	for _, name := range names {
		key := kv.Key(strings.TrimPrefix(name, prefix(p)))
		if key.Validate() == nil { // another Redis client may have set one that no request can name
			page.Keys = append(page.Keys, key)
		}
	}
	if next != nil {
		page.Cursor = next.encode()
	}
	return page, nil
}
