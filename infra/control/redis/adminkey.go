// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// adminScript makes ARGV[2], ARGV[3] and ARGV[4], a hash, an id and a text, the administrator's own key. The same key may
// also have been made here before: then it becomes this one.
const adminScript = addition + `
local hash, id = ARGV[2], ARGV[3]
local entries = redis.call('HGETALL', KEYS[2])
for i = 1, #entries, 2 do
	local other = hash_of(entries[i+1])
	if entries[i] == id and other == hash then
		return {'ok'}
	end
	if entries[i] == id or other == hash then
		redis.call('HDEL', KEYS[2], entries[i])
		redis.call('HDEL', main, 'credential:' .. other)
		redis.call('HDEL', KEYS[3], other)
	end
end
redis.call('HDEL', main, 'unchecked')
add(KEYS[2], hash, id, ARGV[4])
if ARGV[5] == '1' then
	redis.call('HSET', main, 'unchecked', hash)
end
renew()
return {'ok'}`

// EnsureAdminKey makes t the administrator's own API key; one that was set before works no more. It writes
// nothing if t is it already. Errors: ErrInvalid, see kv.Token.ValidateAdminKey.
func (s *Store) EnsureAdminKey(ctx context.Context, t kv.Token) error {
	c, err := control.AdminKey(t)
	if err != nil {
		return err
	}
	h := t.Hash()
	_, texts, err := s.read(ctx, credentialField(h))
	if err != nil {
		return err
	}
	if before, err := decode(h, texts[0], nil); err == nil && before != nil && before.ID == c.ID {
		return nil
	}
	text, err := encode(&c)
	if err != nil {
		return err
	}
	keys := []string{apiKeysKey, usedKey}
	if _, err := s.change(ctx, adminScript, keys, hexOf(h), c.ID, text, !t.Plausible()); err != nil {
		return err
	}
	s.forget(func(b *control.Bearer) bool { return b.ID == control.AdminID || b.Hash == h }, 0)
	return s.alone(ctx, func() error { return s.check(ctx) }) // whether it is unchecked is told by the state
}

const firstKeyScript = addition + `
if redis.call('HLEN', KEYS[2]) > 0 then
	return {'none'}
end
add(KEYS[2], ARGV[2], ARGV[3], ARGV[4])
return {'ok'}`

// CreateFirstKey makes an API key that may do everything and returns it, to be shown once, unless there is an API key
// already: then it returns an empty token. Of several that call it side by side, one gets a key.
func (s *Store) CreateFirstKey(ctx context.Context) (kv.Token, error) {
	t, c := control.FirstKey()
	text, err := encode(&c)
	if err != nil {
		return "", err
	}
	reply, err := s.change(ctx, firstKeyScript, []string{apiKeysKey}, hexOf(t.Hash()), c.ID, text)
	if err != nil || reply[0] == "none" {
		return "", err
	}
	return t, nil
}
