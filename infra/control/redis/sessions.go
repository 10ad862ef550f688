// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// sessionKeys are the keys of all scripts of sessions, after mainKey.
var sessionKeys = []string{sessionsKey, sessionsOfKey}

// sessionTools is Lua for lists of cookies, which stand between spaces in the hash KEYS[3], by the id of their API key.
const sessionTools = `
local all, by_key = KEYS[2], KEYS[3]
local function cookies(key)
	local list = {}
	for cookie in string.gmatch(redis.call('HGET', by_key, key) or '', '%S+') do
		list[#list+1] = cookie
	end
	return list
end
local function keep(key, list)
	if #list == 0 then
		redis.call('HDEL', by_key, key)
	else
		redis.call('HSET', by_key, key, table.concat(list, ' '))
	end
end
local function session(cookie)
	local ok, s = pcall(cjson.decode, redis.call('HGET', all, cookie) or '')
	return ok and s or nil
end
local function finish(cookie)
	local s = session(cookie)
	if redis.call('HDEL', all, cookie) == 0 then
		return false
	end
	local left = {}
	for _, other in ipairs(s and cookies(s.key_id) or {}) do
		if other ~= cookie then
			left[#left+1] = other
		end
	end
	if s then
		keep(s.key_id, left)
	end
	return true
end
`

// openScript stores under the cookie ARGV[2] a session of the API key ARGV[3], the text ARGV[4]. ARGV[5] is the time now,
// ARGV[6] and ARGV[7] bound the sessions of the key, and all.
const openScript = sessionTools + `
local own, now, of_key, of_all = ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
-- alive returns the cookies of a key whose sessions have not expired, those first that make room first; the others end.
local function alive(key)
	local list = {}
	for _, cookie in ipairs(cookies(key)) do
		local s = session(cookie)
		if s and s.expires_at > now then
			list[#list+1] = {cookie = cookie, used = s.last_used_at > s.created_at, at = s.last_used_at}
		else
			redis.call('HDEL', all, cookie)
		end
	end
	table.sort(list, function(a, b)
		if a.used ~= b.used then
			return b.used
		end
		return a.at < b.at
	end)
	for i, one in ipairs(list) do
		list[i] = one.cookie
	end
	return list
end
local list = alive(own)
while #list >= of_key do
	redis.call('HDEL', all, table.remove(list, 1))
end
if redis.call('HLEN', all) >= of_all then
	local most, key_with_most = list, own
	local keys = redis.call('HGETALL', by_key)
	for i = 1, #keys, 2 do
		local key = keys[i]
		if key ~= own then
			local others = alive(key)
			keep(key, others)
			if #others > #most then
				most, key_with_most = others, key
			end
		end
	end
	if redis.call('HLEN', all) >= of_all and #most > 0 then
		redis.call('HDEL', all, table.remove(most, 1))
		keep(key_with_most, most)
	end
end
list[#list+1] = ARGV[2]
keep(own, list)
redis.call('HSET', all, ARGV[2], ARGV[4])
return {'ok'}`

// OpenSession stores a session until it expires or is ended: see access.Sessions for those that make room.
func (s *Store) OpenSession(ctx context.Context, cookie access.TokenHash, n access.Session) error {
	text, err := encodeSession(n)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, openScript, sessionKeys, hexOf(cookie), n.KeyID, text, control.ToMicro(time.Now()),
		access.MaxSessionsOfKey, s.cfg.MaxSessions)
	return err
}

const sessionScript = `return {'ok', redis.call('HGET', KEYS[2], ARGV[1]) or ''}`

// Session returns a session. It is read each time: another server may have ended it. Errors: ErrUnauthorized if there is none
// with that cookie, or it has expired; ErrUnavailable.
func (s *Store) Session(ctx context.Context, cookie access.TokenHash) (access.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	reply, err := s.look(ctx, sessionScript, []string{sessionsKey}, hexOf(cookie))
	if err != nil {
		return access.Session{}, unavailable(err)
	}
	if reply[1] == "" {
		return access.Session{}, kv.ErrUnauthorized
	}
	found, err := decodeSession(reply[1])
	if err == nil && !time.Now().Before(found.ExpiresAt) {
		err = kv.ErrUnauthorized
	}
	if err != nil {
		return access.Session{}, err
	}
	return found, nil
}

// useScript replaces the text ARGV[3] of the session of the cookie ARGV[2] by ARGV[4].
const useScript = `
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[3] then
	redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
end
return {'ok'}`

// UseSession records a use, unless another one was recorded since Session returned n.
func (s *Store) UseSession(ctx context.Context, cookie access.TokenHash, n access.Session, at time.Time) error {
	before, err := encodeSession(n)
	if err != nil {
		return err
	}
	n.LastUsedAt = at
	after, err := encodeSession(n)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, useScript, []string{sessionsKey}, hexOf(cookie), before, after)
	return err
}

const sessionsScript = `
local list = redis.call('HVALS', KEYS[2])
table.insert(list, 1, 'ok')
return list`

// ListSessions returns all sessions that have not expired, oldest first.
func (s *Store) ListSessions(ctx context.Context) ([]access.Session, error) {
	reply, err := s.look(ctx, sessionsScript, []string{sessionsKey})
	if err != nil {
		return nil, err
	}
	all, now := make([]access.Session, 0, len(reply)-1), time.Now()
	for _, text := range reply[1:] {
		one, err := decodeSession(text)
		if err != nil {
			return nil, err
		}
		if now.Before(one.ExpiresAt) {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b access.Session) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, nil
}

const endScript = sessionTools + `
finish(ARGV[2])
return {'ok'}`

// EndSession ends the session of a cookie, if there is one.
func (s *Store) EndSession(ctx context.Context, cookie access.TokenHash) error {
	_, err := s.change(ctx, endScript, sessionKeys, hexOf(cookie))
	return err
}

const endByIDScript = sessionTools + `
local list = redis.call('HGETALL', all)
for i = 1, #list, 2 do
	local s = session(list[i])
	if s and s.id == ARGV[2] then
		finish(list[i])
		return {'ok'}
	end
end
return {'none'}`

// EndSessionByID ends a session. Errors: ErrSessionNotFound.
func (s *Store) EndSessionByID(ctx context.Context, id string) error {
	reply, err := s.change(ctx, endByIDScript, sessionKeys, id)
	if err == nil && reply[0] == "none" {
		err = kv.ErrSessionNotFound
	}
	return err
}

const endOfKeyScript = sessionTools + `
for _, cookie in ipairs(cookies(ARGV[2])) do
	redis.call('HDEL', all, cookie)
end
redis.call('HDEL', by_key, ARGV[2])
return {'ok'}`

// EndSessionsOf ends all sessions of an API key.
func (s *Store) EndSessionsOf(ctx context.Context, keyID string) error {
	_, err := s.change(ctx, endOfKeyScript, sessionKeys, keyID)
	return err
}
