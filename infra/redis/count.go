// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Count counts a page of the project's keys and stored outcomes, and returns the cursor of the next page, empty at the end.
// It measures the values if bytes is set: a key of another type counts 0. Errors: as kv.Store, and ErrInvalid for a cursor
// that no Count made. See SCAN and STRLEN in the Redis command reference.
func (s *Store) Count(ctx context.Context, p kv.ProjectID, c kv.Cursor, bytes bool) (u kv.Usage, next kv.Cursor, err error) {
	at, err := position(c)
	if err != nil {
		return u, "", err
	}
	found, after, err := s.page(ctx, everything(p), maxCount, at, nil)
	if err != nil {
		return u, "", err
	}
	keys, mine := found[:0], prefix(p)
	for _, name := range found {
		key, isKey := strings.CutPrefix(name, mine)
		if !isKey {
			_, key, _ := strings.Cut(name, ":")
			_, key, _ = strings.Cut(key, ":") // see outcomeName
			u.Answers += kv.AnswerBytes(key)
			continue
		}
		if kv.Key(key).Validate() == nil { // another Redis client may have set one that no request can name
			keys = append(keys, name)
			u.Keys, u.Bytes = u.Keys+1, u.Bytes+int64(kv.KeyOverhead+len(key))
		}
	}
	u.Bytes += u.Answers
	if bytes {
		values, err := s.sizesOf(ctx, keys)
		if err != nil {
			return u, "", err
		}
		u.Bytes += values
	}
	if after != nil {
		next = after.encode()
	}
	return u, next, nil
}

// sizesOf returns the total size of the values of keys in bytes.
func (s *Store) sizesOf(ctx context.Context, keys []string) (int64, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	return s.valueBytes(ctx, keys)
}
