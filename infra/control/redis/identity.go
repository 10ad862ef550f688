// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// ID identifies these control data. It is empty before the first change. Once it is known, no others are used.
func (s *Store) ID() string {
	if id := s.id.Load(); id != nil {
		return *id
	}
	return ""
}

// identify compares the id that was read with the one that was known when the read was sent; if none was, it takes the
// id that was read. Errors: a Refusal of kind ErrUnavailable if the control data are gone, or others.
func (s *Store) identify(found, want string) error {
	switch {
	case found == want:
		s.gone.Store(nil)
		return nil
	case want == "":
		s.adopt(found)
		return nil
	}
	err := errGone(want, found)
	s.gone.Store(&err)
	return err
}

// adopt sets the id of these control data, unless there is one already.
func (s *Store) adopt(id string) {
	if id != "" && s.id.CompareAndSwap(nil, &id) && s.cfg.Remember != nil {
		s.cfg.Remember(id)
	}
}

// lost returns why the control data are not to be used, nil if they are.
func (s *Store) lost() error {
	if err := s.gone.Load(); err != nil {
		return *err
	}
	return nil
}

// Warnings returns what is wrong with the control data, from memory.
func (s *Store) Warnings(context.Context) []engine.Warning {
	if err := s.lost(); err != nil {
		return []engine.Warning{engine.WarnControlGone.With(detailOf(err))}
	}
	if err := s.older(); err != nil {
		return []engine.Warning{engine.WarnControlOlder.With(detailOf(err))}
	}
	return nil
}

const acceptHint = "or, if they are lost for good, begin again with: tempskv control accept-empty, with the --control that serve has"

func gone(format string, args ...any) error {
	return &goneError{&kv.Refusal{Kind: kv.ErrUnavailable, Detail: fmt.Sprintf(format, args...)}}
}

func errGone(want, found string) error {
	if found == "" {
		return gone("the control data (projects, tokens, settings) are gone from their Redis: it was "+
			"emptied, or another listens at its address. Keep your tokens. Bring its data back (%s); %s", want, acceptHint)
	}
	return gone("the Redis of the control data holds others (%s; those known here are %s): another "+
		"listens at its address. Keep your tokens. Bring the former one back, or, if these are meant, delete the file control.id "+
		"in the data directory and start again", found, want)
}

// IsGone reports whether err says that the control data are gone, or replaced by others.
func IsGone(err error) bool {
	_, ok := errors.AsType[*goneError](err)
	return ok
}

// goneError is a Refusal that says so.
type goneError struct{ *kv.Refusal }

// Unwrap returns the Refusal.
func (e *goneError) Unwrap() error { return e.Refusal }

func detailOf(err error) string {
	if r, ok := errors.AsType[*kv.Refusal](err); ok {
		return r.Detail
	}
	return err.Error()
}

// checkFresh refuses to begin control data where there have been some, as a mark at the keys or Config.ID says: new
// projects would get the same numbers again, and reach the keys of the old ones.
func (s *Store) checkFresh(ctx context.Context) error {
	if s.view.Load().id != "" {
		return nil
	}
	if s.cfg.ID != "" {
		return errGone(s.cfg.ID, "")
	}
	owner, err := s.ownerOfKeys(ctx)
	if err == nil && owner != "" {
		err = errOthersKeys(owner)
	}
	return err
}

// errOthersKeys is the refusal if only the mark of the keys says that there were control data. These may have been
// lost, or the keys are another service's, whose address was given by mistake: then beginning again would share its
// keys.
func errOthersKeys(owner string) error {
	if fileID(owner) {
		return gone("the Redis of the keys is that of another tempskv, whose control data are in a file (%s): "+
			"name another by redis-url or control", owner)
	}
	return gone("there are no control data (projects, tokens, settings) in their Redis, and the keys belong to some (%s). "+
		"If the keys are another tempskv's, name another Redis by redis-url or control. If these were lost: bring them back. Keep your "+
		"tokens; %s", owner, acceptHint)
}

// fileID reports whether an id is one of control data in a file.
func fileID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == 8
}

// ownerOfKeys returns the id in the mark of the keys, empty if there is none.
func (s *Store) ownerOfKeys(ctx context.Context) (owner string, err error) {
	err = s.eachWithKeys(ctx, func(keys *redis.Store) error {
		m, err := keys.Mark(ctx)
		if owner == "" {
			owner = m.Owner
		}
		return err
	})
	return owner, err
}

// eachWithKeys calls f with each Redis that may hold the keys of projects.
func (s *Store) eachWithKeys(ctx context.Context, f func(keys *redis.Store) error) error {
	if err := f(s.redis); err != nil || s.cfg.Keys.URL == "" || s.cfg.Keys.URL == s.cfg.Redis.URL {
		return err
	}
	keys, err := redis.Open(ctx, s.cfg.Keys)
	if err != nil {
		return fmt.Errorf("the Redis of the keys, which shows whether there were control data: %w", err)
	}
	defer keys.Close()
	return f(keys)
}

// beginScript makes control data without projects. The next project gets a number above ARGV[3].
const beginScript = `
if redis.call('HEXISTS', KEYS[1], 'schema') == 1 then
	return {'there'}
end
redis.call('HSET', KEYS[1], 'schema', ARGV[1], 'id', ARGV[2], 'generation', ARGV[4], 'begun', ARGV[4], 'last_project', ARGV[3])
return {'ok'}`

// Begin begins again where control data are gone: with the id that they had, so that the keys stay ours and servers that
// know it find them, and with numbers for projects that no key has. It returns the id. Errors: ErrConflict if there are
// control data, or nothing shows that there were some; those of redis.Open.
func Begin(ctx context.Context, cfg Config) (id string, err error) {
	cfg = cfg.withDefaults()
	r, err := redis.Open(ctx, cfg.Redis)
	if err != nil {
		return "", err
	}
	defer r.Close()
	s := &Store{cfg: cfg, redis: r}
	if id = cfg.ID; id == "" {
		if id, err = s.ownerOfKeys(ctx); err != nil {
			return "", err
		}
		if fileID(id) {
			return "", kv.Refuse(kv.ErrConflict, "%s", detailOf(errOthersKeys(id)))
		}
	}
	if id == "" {
		return "", kv.Refuse(kv.ErrConflict, "nothing shows that there were control data: a server begins with new ones by itself")
	}
	last := kv.ProjectID(0)
	err = s.eachWithKeys(ctx, func(keys *redis.Store) error {
		ids, err := keys.ProjectIDs(ctx)
		for _, id := range ids {
			last = max(last, id)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	reply, err := s.eval(ctx, true, []any{"eval", beginScript, 1, mainKey, schema, id, digits(last), newGeneration()})
	if err == nil && reply[0] == "there" {
		err = kv.Refuse(kv.ErrConflict, "there are control data in this Redis")
	}
	return id, err
}
