// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// own marks a store that somebody else looks after as ours. Errors: ErrConflict if it is another's: their project ids,
// and so their keys, would meet. A service that was on with it before is only warned.
func (s *Service) own(ctx context.Context, store kv.Store, engine kv.EngineName) error {
	owned, ok := store.(kv.Owned)
	if !ok || engine != kv.External || s.owner == nil || s.owner() == "" {
		return nil
	}
	id := s.owner()
	owner, err := owned.Own(ctx, id)
	if err != nil || owner == id {
		return err
	}
	if s.state.Load().settings.Enabled {
		s.log.Warn("this Redis database holds the keys of another tempskv too", "its", owner, "here", id)
		return nil
	}
	return kv.Refuse(kv.ErrConflict, "this Redis database holds the keys of another tempskv, with control data of its own "+
		"(%s; here it is %s): name another database, or let both share their control data (serve --control); if the other "+
		"is gone for good, delete the key kv:owner there, and these keys become ours", owner, id)
}
