// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/infra/control"
)

// permitScript stores that the session of the cookie ARGV[2] may download ARGV[4], by the code ARGV[3], until ARGV[5]. ARGV[6]
// is the time now, and ARGV[7] bounds those of the session.
const permitScript = `
local oldest, at, own, now = nil, nil, 0, tonumber(ARGV[6])
local list = redis.call('HGETALL', KEYS[2])
for i = 1, #list, 2 do
	local code = list[i]
	local until_, cookie = string.match(list[i+1], '^(%d+) (%x+) ')
	if not until_ or tonumber(until_) <= now then
		redis.call('HDEL', KEYS[2], code)
	elseif cookie == ARGV[2] then
		own = own + 1
		if not at or tonumber(until_) < at then
			oldest, at = code, tonumber(until_)
		end
	end
end
if own >= tonumber(ARGV[7]) then
	redis.call('HDEL', KEYS[2], oldest)
end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[5] .. ' ' .. ARGV[2] .. ' ' .. ARGV[4])
return {'ok'}`

// PermitDownload lets a session download what is named, once. Beyond access.MaxDownloads its oldest permission ends.
func (s *Store) PermitDownload(ctx context.Context, cookie, code access.TokenHash, what string, until time.Time) error {
	_, err := s.change(ctx, permitScript, []string{downloadsKey}, hexOf(cookie), hexOf(code), what, control.ToMicro(until),
		control.ToMicro(time.Now()), access.MaxDownloads)
	return err
}

// takeScript removes the permission of the code ARGV[3] if it is that of the cookie ARGV[2], and for ARGV[4].
const takeScript = `
local until_, rest = string.match(redis.call('HGET', KEYS[2], ARGV[3]) or '', '^(%d+) (.*)$')
if not until_ or rest ~= ARGV[2] .. ' ' .. ARGV[4] or tonumber(until_) <= tonumber(ARGV[5]) then
	return {'none'}
end
redis.call('HDEL', KEYS[2], ARGV[3])
return {'ok'}`

// TakeDownload uses a permission up and returns the session. Errors: ErrUnauthorized if it has no such permission, or has
// ended.
func (s *Store) TakeDownload(ctx context.Context, cookie, code access.TokenHash, what string) (access.Session, error) {
	reply, err := s.change(ctx, takeScript, []string{downloadsKey}, hexOf(cookie), hexOf(code), what, control.ToMicro(time.Now()))
	if err == nil && reply[0] == "none" {
		err = control.ErrNoDownload
	}
	if err != nil {
		return access.Session{}, err
	}
	return s.Session(ctx, cookie)
}
