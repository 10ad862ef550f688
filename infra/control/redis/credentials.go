// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// addition is Lua that adds a credential to an index. Each entry there begins with a growing number, the order of lists.
const addition = `
local function add(index, hash, id, text)
	local n = redis.call('HINCRBY', main, 'last_credential', 1)
	redis.call('HSET', main, 'credential:' .. hash, text)
	redis.call('HSET', index, id, n .. ':' .. hash)
end
`

// addScript: ARGV are a project or 0, a hash, an id, a text; KEYS[2] is the index.
const addScript = addition + `
if ARGV[2] ~= '0' and not has('project:' .. ARGV[2]) then
	return {'project'}
end
add(KEYS[2], ARGV[3], ARGV[4], ARGV[5])
return {'ok'}`

// AddCredential stores c under the hash of its token and returns it with ID and CreatedAt set. It makes no new
// generation: no view can hold an answer about a token that did not exist. Errors: ErrProjectNotFound.
func (s *Store) AddCredential(ctx context.Context, c access.Credential, h access.TokenHash) (access.Credential, error) {
	c.ID = control.NewID()
	text, err := encode(&c)
	if err != nil {
		return access.Credential{}, err
	}
	reply, err := s.change(ctx, addScript, []string{indexKey(c.Project)}, digits(c.Project), hexOf(h), c.ID, text)
	switch {
	case err != nil:
		return access.Credential{}, err
	case reply[0] == "project":
		return access.Credential{}, kv.ErrProjectNotFound
	}
	return c, nil
}

// revokeScript: ARGV are a project or 0, an id, and of an API key that is not revoked where it is the last with SystemAdmin,
// the time now and that until which another one has to be valid.
const revokeScript = `
local now, until_ = tonumber(ARGV[4]), tonumber(ARGV[5])
local function admin_expiry(hash)
	local ok, c = pcall(cjson.decode, redis.call('HGET', main, 'credential:' .. hash) or '')
	if not ok then
		return nil
	end
	for _, permission in ipairs(c.permissions) do
		if permission == 'SystemAdmin' then
			if c.expires_at == 0 then
				return math.huge
			end
			return c.expires_at > now and c.expires_at or nil
		end
	end
end
local function is_last(hash)
	local expiry = admin_expiry(hash)
	if not expiry then
		return false
	end
	for _, entry in ipairs(redis.call('HVALS', KEYS[2])) do
		local other = hash_of(entry)
		if other ~= hash and (admin_expiry(other) or 0) >= math.min(expiry, until_) then
			return false
		end
	end
	return true
end
if ARGV[2] ~= '0' and not has('project:' .. ARGV[2]) then
	return {'project'}
end
local entry = redis.call('HGET', KEYS[2], ARGV[3])
if not entry then
	return {'none'}
end
local hash = hash_of(entry)
if now and is_last(hash) then
	return {'last'}
end
redis.call('HDEL', KEYS[2], ARGV[3])
redis.call('HDEL', main, 'credential:' .. hash)
redis.call('HDEL', KEYS[3], hash)
if redis.call('HGET', main, 'unchecked') == hash then
	redis.call('HDEL', main, 'unchecked')
end
renew()
return {'ok'}`

// RevokeToken revokes a deployment token of that project. Errors: ErrProjectNotFound, ErrTokenNotFound.
func (s *Store) RevokeToken(ctx context.Context, p kv.ProjectID, id string) error {
	if p == 0 { // stands for the API keys here
		return kv.ErrProjectNotFound
	}
	return s.revoke(ctx, p, id)
}

// RevokeAPIKey revokes an API key; the last one with SystemAdmin only with force. Errors: ErrTokenNotFound, ErrConflict.
func (s *Store) RevokeAPIKey(ctx context.Context, id string, force bool) error {
	if force {
		return s.revoke(ctx, 0, id)
	}
	now := time.Now()
	return s.revoke(ctx, 0, id, control.ToMicro(now), control.ToMicro(now.Add(access.LastAdminTime)))
}

// revoke runs revokeScript: unlessLast are its times.
func (s *Store) revoke(ctx context.Context, p kv.ProjectID, id string, unlessLast ...any) error {
	reply, err := s.change(ctx, revokeScript, []string{indexKey(p), usedKey}, append([]any{digits(p), id}, unlessLast...)...)
	switch {
	case err != nil:
		return err
	case reply[0] == "project":
		return kv.ErrProjectNotFound
	case reply[0] == "none":
		return kv.ErrTokenNotFound
	case reply[0] == "last":
		return control.ErrLastAdmin
	}
	s.forget(func(b *control.Bearer) bool { return b.ID == id && b.Project == p }, 0)
	return nil
}
