// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
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

// EnsureAdminKey makes t the administrator's own API key; one that was set before becomes invalid. It writes
// nothing if t is that key already. Errors: ErrInvalid, see access.Token.ValidateAdminKey.
func (s *Store) EnsureAdminKey(ctx context.Context, t access.Token) error {
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
	return s.alone(ctx, func() error { return s.check(ctx) }) // the state says whether it is unchecked
}

// firstKeyScript makes the first API key of ARGV[2], ARGV[3] and ARGV[4], a hash, an id and a text. It replaces one whose
// maker, another than ARGV[5], never confirmed it, if its document is ARGV[6].
const firstKeyScript = addition + `
local field = 'document:` + control.FirstKeyDocument + `'
local keys = redis.call('HLEN', KEYS[2])
if keys > 0 then
	local unshown = redis.call('HGET', main, field) or ''
	local id, maker = string.match(unshown, '^(%S+) (%S+)$')
	local entry = id and redis.call('HGET', KEYS[2], id)
	if keys > 1 or not entry or maker == ARGV[5] or redis.call('HEXISTS', KEYS[3], hash_of(entry)) == 1 then
		return {'none'}
	end
	if unshown ~= ARGV[6] then
		return {'unshown', unshown}
	end
	redis.call('HDEL', KEYS[2], id)
	redis.call('HDEL', main, 'credential:' .. hash_of(entry))
	renew()
end
add(KEYS[2], ARGV[2], ARGV[3], ARGV[4])
redis.call('HSET', main, field, ARGV[3] .. ' ' .. ARGV[5])
return {'ok'}`

// How long another server may take from making the first API key to showing it, and how often that is checked.
const (
	showTime = 5 * time.Second
	showPoll = 100 * time.Millisecond
)

// CreateFirstKey makes an API key that may do everything and returns it, to be shown once, unless there is an API key
// already: then it returns an empty token. Of several concurrent callers, one gets a key. A key that another server
// made, and that is neither confirmed within seconds nor used, was perhaps never shown: the new one replaces it.
func (s *Store) CreateFirstKey(ctx context.Context) (access.Token, error) {
	t, c := control.FirstKey()
	text, err := encode(&c)
	if err != nil {
		return "", err
	}
	waited, replaced := time.Now(), ""
	for {
		reply, err := s.change(ctx, firstKeyScript, []string{apiKeysKey, usedKey}, hexOf(t.Hash()), c.ID, text, s.maker, replaced)
		switch {
		case err != nil || reply[0] == "none":
			return "", err
		case reply[0] == "ok":
			return t, nil
		case time.Since(waited) > showTime:
			replaced = reply[1]
			continue
		}
		select {
		case <-time.After(showPoll):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// ConfirmFirstKey notes that the key that CreateFirstKey made was shown, and so stays valid.
func (s *Store) ConfirmFirstKey(ctx context.Context) error {
	shown, err := s.Document(ctx, control.FirstKeyDocument)
	if err != nil || shown == "" {
		return err
	}
	_, err = s.SwapDocument(ctx, control.FirstKeyDocument, shown, "")
	return err
}
