// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// Settings returns what was saved last, engine.DefaultSettings if nothing was.
func (s *Store) Settings(ctx context.Context) (engine.Settings, error) {
	_, texts, err := s.read(ctx, "settings")
	if err != nil {
		return engine.Settings{}, err
	}
	settings, err := control.DecodeSettings(texts[0])
	if err == nil {
		s.settings.Store(&texts[0])
	}
	return settings, err
}

const saveScript = `
if ARGV[2] == '1' and (redis.call('HGET', main, 'settings') or '') ~= ARGV[3] then
	return {'changed'}
end
redis.call('HSET', main, 'settings', ARGV[4], 'settings_generation', ARGV[1])
return {'ok'}`

// SaveSettings replaces the settings that this process read or saved last. Errors: ErrBusy if another process has changed
// them since.
func (s *Store) SaveSettings(ctx context.Context, new engine.Settings) error {
	text, err := control.EncodeSettings(new)
	if err != nil {
		return err
	}
	before := ""
	known := s.settings.Load()
	if known != nil {
		before = *known
	}
	reply, err := s.change(ctx, saveScript, nil, known != nil, before, text)
	switch {
	case err != nil:
		return err
	case reply[0] == "changed":
		s.noteChanged()
		return kv.Refuse(kv.ErrBusy, "another server changed the settings meanwhile; see the status, then try again")
	}
	s.settings.Store(&text)
	return nil
}

// Deletions returns the deleted projects whose keys may still be in the store.
func (s *Store) Deletions(ctx context.Context) ([]engine.Deletion, error) {
	reply, err := s.do(ctx, deletionsKey, false, "hgetall", deletionsKey)
	if err != nil {
		return nil, err
	}
	texts, err := asTexts(reply)
	if err != nil {
		return nil, err
	}
	deletions := make([]engine.Deletion, 0, len(texts)/2)
	for pair := range slices.Chunk(texts, 2) {
		id, err := parseID(pair[0])
		at, errAt := strconv.ParseInt(pair[1], 10, 64)
		if err = errors.Join(err, errAt); err != nil {
			return nil, fmt.Errorf("control data: %s: %w", deletionsKey, err)
		}
		deletions = append(deletions, engine.Deletion{Project: id, At: control.FromMicro(at)})
	}
	slices.SortFunc(deletions, func(a, b engine.Deletion) int { return cmp.Compare(a.Project, b.Project) })
	return deletions, nil
}

// Deleted records that the keys of a deleted project are gone.
func (s *Store) Deleted(ctx context.Context, id kv.ProjectID) error {
	_, err := s.do(ctx, deletionsKey, true, "hdel", deletionsKey, digits(id))
	return err
}

// Unverified returns the projects whose id was not checked against the store.
func (s *Store) Unverified(ctx context.Context) ([]kv.ProjectID, error) {
	return s.ids(ctx, unverifiedKey)
}

// Verify records that the ids were checked against the store, which holds no keys under them.
func (s *Store) Verify(ctx context.Context, ids []kv.ProjectID) error {
	return s.remove(ctx, unverifiedKey, ids)
}

// ids returns the ids in a set, in order.
func (s *Store) ids(ctx context.Context, key string) ([]kv.ProjectID, error) {
	reply, err := s.do(ctx, key, false, "smembers", key)
	if err != nil {
		return nil, err
	}
	texts, err := asTexts(reply)
	if err != nil {
		return nil, err
	}
	ids := make([]kv.ProjectID, len(texts))
	for i, text := range texts {
		if ids[i], err = parseID(text); err != nil {
			return nil, fmt.Errorf("control data: %s: %w", key, err)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// remove removes ids from a set.
func (s *Store) remove(ctx context.Context, key string, ids []kv.ProjectID) error {
	if len(ids) == 0 {
		return nil
	}
	args := []any{"srem", key}
	for _, id := range ids {
		args = append(args, digits(id))
	}
	_, err := s.do(ctx, key, true, args...)
	return err
}
