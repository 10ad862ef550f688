// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Scan returns a page of the keys that match pattern (empty: all), about limit of them. Redis, which serves everybody in
// one thread, only compares the literal prefix of the pattern: the rest is matched here, at a cost that no pattern can
// drive up. Errors: ErrInvalid for a cursor that no Scan made. See SCAN in the Redis command reference.
func (s *Store) Scan(
	ctx context.Context, p kv.ProjectID, pattern kv.Pattern, c kv.Cursor, limit int,
) (kv.Page, error) {
	at, err := position(c)
	if err != nil {
		return kv.Page{}, err
	}
	if pattern == "" {
		pattern = "*"
	}
	matcher, mine := pattern.Matcher(), prefix(p)
	names, next, err := s.page(ctx, mine+sent(pattern), limit, at, func(name string) bool {
		key, ok := strings.CutPrefix(name, mine)
		return ok && matcher.Match(kv.Key(key)) && kv.Key(key).Validate() == nil // another Redis client may have set one that no request can name
	})
	if err != nil {
		return kv.Page{}, err
	}
	page := kv.Page{Keys: make([]kv.Key, 0, len(names))}
	for _, name := range names {
		page.Keys = append(page.Keys, kv.Key(name[len(mine):]))
	}
	if next != nil {
		page.Cursor = next.encode()
	}
	return page, nil
}

// sent returns the part of a pattern that Redis is to match.
func sent(pattern kv.Pattern) string {
	literal, whole := pattern.Prefix()
	if whole {
		return string(kv.Escape(literal))
	}
	return string(kv.Escape(literal)) + "*"
}
