// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// OwnerKey is the key that tells which service the keys of the projects belong to. No project reaches it.
const OwnerKey = "kv:owner"

// Own marks the store as that of the service whose control data have this id, unless it bears a mark: then it returns
// whose. A server that takes no write now stays without, and so does one whose user may not reach the mark.
func (s *Store) Own(ctx context.Context, id string) (owner string, err error) {
	owner, err = s.owner(ctx)
	var refusal *kv.Refusal
	switch {
	case errors.As(err, &refusal): // an answer: the keys of projects alone are permitted
		return id, nil
	case err != nil || owner != "":
		return owner, err
	}
	mark := goredis.NewStatusCmd(ctx, "set", OwnerKey, id, "nx")
	if err := s.run(ctx, &call{Cmder: mark, key: OwnerKey, write: true}); err != nil {
		return id, nil // full, or not permitted: no reason to refuse what worked without
	}
	if owner, err = s.owner(ctx); owner == "" {
		owner = id
	}
	return owner, err
}

func (s *Store) owner(ctx context.Context) (string, error) {
	cmd := goredis.NewStringCmd(ctx, "get", OwnerKey)
	err := s.run(ctx, &call{Cmder: cmd, key: OwnerKey})
	return cmd.Val(), err
}
