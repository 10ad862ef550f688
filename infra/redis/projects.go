// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"maps"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// ProjectIDs returns the ids of the projects that have keys, in any order, each once. It looks at every key.
func (s *Store) ProjectIDs(ctx context.Context) ([]kv.ProjectID, error) {
	ids := map[kv.ProjectID]struct{}{}
	err := s.bulk().walk(ctx, idsPrefix+"*", func(names []string) error {
		for _, name := range names {
			if id, _, ok := ParseName(name); ok {
				ids[id] = struct{}{}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.Collect(maps.Keys(ids)), nil
}

// DeleteProject deletes every key of the project, and its stored outcomes. It walks over all keys until it finds none. It may be
// called again after an error, and then continues; Close interrupts it. See UNLINK in the Redis command reference.
func (s *Store) DeleteProject(ctx context.Context, p kv.ProjectID) error {
	for found := true; found; {
		found = false
		err := s.bulk().walk(ctx, everything(p), func(names []string) error {
			found = found || len(names) > 0
			return s.bulk().unlink(ctx, names)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unlink deletes keys without making the server wait until their memory is free.
func (s *Store) unlink(ctx context.Context, names []string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	groups := s.nodes.split(names)
	commands := make([]*command, len(groups))
	for i, group := range groups {
		commands[i] = &command{
			Cmder: goredis.NewIntCmd(ctx, commandLine("unlink", names, group)...),
			key:   names[group[0]], write: true, size: keyBytes(names, group),
		}
	}
	return s.batch(ctx, commands)
}

// walk calls f with all names that match, page by page; some may come twice.
func (s *Store) walk(ctx context.Context, match string, f func(names []string) error) error {
	var at *cursor
	for {
		names, next, err := s.page(ctx, match, maxCount, at, nil)
		if err != nil {
			return err
		}
		if err := f(names); err != nil || next == nil {
			return err
		}
		at = next
	}
}
