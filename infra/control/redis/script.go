// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
)

// identity begins every script: it leaves control data alone that are not the known ones. It takes their id from the
// arguments; empty if none are known.
const identity = `
local expected = table.remove(ARGV, 1)
local id = redis.call('HGET', KEYS[1], 'id') or ''
if expected ~= '' and id ~= expected then
	return {'gone', id}
end
`

// prelude begins every script that changes something. KEYS[1] is mainKey. ARGV[1] is different each time: it becomes the
// generation, if the script changes that. Control data of another schema are left alone.
const prelude = identity + `
local main = KEYS[1]
local found = redis.call('HGET', main, 'schema')
if not found then
	redis.call('HSET', main, 'schema', '` + schema + `', 'id', ARGV[1])
elseif found ~= '` + schema + `' then
	return {'schema', found}
end
local function has(field) return redis.call('HEXISTS', main, field) == 1 end
local function renew() redis.call('HSET', main, 'generation', ARGV[1]) end
local function hash_of(entry) return string.match(entry, ':(.*)$') end
`

// change runs a script that changes something, in one step, and returns its result: a word, and more. The word
// schema becomes an error.
func (s *Store) change(ctx context.Context, script string, keys []string, args ...any) ([]string, error) {
	id := s.ID()
	reply, err := s.eval(ctx, true, commandLine(prelude+script, keys, id, slices.Insert(args, 0, any(newGeneration()))))
	if err == nil && id == "" { // it has made the control data, perhaps
		_, _, err = s.read(ctx)
	}
	return reply, err
}

// look runs a script that only reads.
func (s *Store) look(ctx context.Context, script string, keys []string, args ...any) ([]string, error) {
	return s.eval(ctx, false, commandLine(identity+script, keys, s.ID(), args))
}

// commandLine returns the command that runs a script on mainKey and the keys.
func commandLine(script string, keys []string, id string, args []any) []any {
	all := make([]any, 0, 5+len(keys)+len(args))
	all = append(all, "eval", script, 1+len(keys), mainKey)
	for _, key := range keys {
		all = append(all, key)
	}
	return append(append(all, id), args...)
}

func newGeneration() string { return rand.Text() }

func (s *Store) eval(ctx context.Context, write bool, args []any) ([]string, error) {
	reply, err := s.do(ctx, mainKey, write, args...)
	if err != nil {
		return nil, err
	}
	texts, err := asTexts(reply)
	switch {
	case err != nil:
		return nil, err
	case len(texts) == 0:
		return nil, errors.New("control data: a script returned nothing")
	case texts[0] == "schema":
		return nil, errSchema(texts[1])
	case texts[0] == "gone":
		return nil, s.identify(texts[1], s.ID()) // which is known by now, and does not change
	}
	return texts, nil
}
