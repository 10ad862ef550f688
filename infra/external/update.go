// SPDX-License-Identifier: Apache-2.0

package external

import (
	"context"
	"errors"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// Update connects to the Redis of the new settings if its URL is another; there is nothing else to update. The one in
// use goes on serving, and stays in use after an error. Errors: as redis.Open; ErrNotSupported if it lacks commands;
// ErrConflict if it is not the Redis that holds our keys, or not all of them.
func (e *Engine) Update(ctx context.Context, from, to engine.Settings) (kv.Store, error) {
	if e.url(from) == e.url(to) {
		return nil, nil
	}
	store, found, err := e.open(ctx, to)
	if err != nil {
		return nil, err
	}
	for _, check := range []func() error{
		found.Check,
		func() error { return e.checkOwner(ctx, store) },
		func() error { return e.checkKeys(ctx, store) },
	} {
		if err := check(); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	e.use(store, found)
	return store, nil
}

// checkOwner refuses a Redis that does not have our mark.
func (e *Engine) checkOwner(ctx context.Context, store *redis.Store) error {
	if e.cfg.Owner == nil || e.cfg.Owner() == "" {
		return nil
	}
	id := e.cfg.Owner()
	mark, err := store.Mark(ctx)
	switch owner := mark.Owner; {
	case err != nil:
		return err
	case mark.Hidden:
		return kv.Refuse(kv.ErrConflict, "it cannot be seen whether that Redis holds the keys of this tempskv: its user may not read "+
			"%s; nothing was changed; allow it the keys kv:*", redis.OwnerKey)
	case owner == "":
		return kv.Refuse(kv.ErrConflict, "that Redis does not hold the keys of this tempskv: the mark %s is not there; nothing was "+
			"changed; if you moved the keys yourself, move that one too, or set it to %s", redis.OwnerKey, id)
	case owner != id:
		return kv.Refuse(kv.ErrConflict, "that Redis holds the keys of another tempskv (%s; here it is %s): nothing was changed",
			owner, id)
	}
	return nil
}

// checkKeys refuses a Redis with our mark and less than half of the keys that the one in use has: a copy that is not
// complete, or an old one. If the one in use does not answer, there is nothing to compare.
func (e *Engine) checkKeys(ctx context.Context, store *redis.Store) error {
	before := e.store.Load()
	if before == nil {
		return nil
	}
	had, err := before.Size(ctx)
	if err != nil {
		return nil
	}
	has, err := store.Size(ctx)
	if err != nil {
		return err
	}
	if has < had/2 {
		return kv.Refuse(kv.ErrConflict, "that Redis holds %d keys, and the one in use %d: nothing was changed; copy the keys first",
			has, had)
	}
	return nil
}
