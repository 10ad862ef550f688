// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/rand"
	"errors"
)

// prelude begins every script that changes something. KEYS[1] is mainKey and ARGV[1] is new each time: the generation, if
// the script changes that. Control data of another schema are left alone.
const prelude = `
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

// change runs a script that changes something, in one step, and returns what it returned: a word, and more. The word
// schema becomes an error.
func (s *Store) change(ctx context.Context, script string, keys []string, args ...any) ([]string, error) {
	all := make([]any, 0, 4+len(keys)+len(args))
	all = append(all, "eval", prelude+script, 1+len(keys), mainKey)
	for _, key := range keys {
		all = append(all, key)
	}
	all = append(append(all, rand.Text()), args...)
	return s.eval(ctx, true, all)
}

// look runs a script that changes nothing.
func (s *Store) look(ctx context.Context, script string, keys []string, args ...any) ([]string, error) {
	all := make([]any, 0, 4+len(keys)+len(args))
	all = append(all, "eval", script, 1+len(keys), mainKey)
	for _, key := range keys {
		all = append(all, key)
	}
	return s.eval(ctx, false, append(all, args...))
}

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
	}
	return texts, nil
}
