// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// once is a kv.Changer whose calls run in one script each, together with the keeping of their answer: a server that is
// killed amid one has both or neither. The answer expires; it is the fingerprint of the request and, behind that, a colon
// and the result or a minus and the refusal.
//
// Before a Cluster the answer lies in the slot of the keys, and so at a place that another request with the same
// idempotency key would not look at. Therefore the fingerprint is stored first at a place that only that key decides. A
// crash after it does no harm: the same request goes on from there. While the keys of a slot are on their way to another
// server, such a script is refused (TRYAGAIN) until both of its keys are there, and sent again.
type once struct {
	s  *Store
	id *kv.Idempotency
}

// Once returns a Changer for one call: see kv.Store.
func (s *Store) Once(id *kv.Idempotency) kv.Changer { return once{s, id} }

// What the reply of a script begins with, unless this was the first call.
const (
	again   = "again"
	another = "another" // request with the same idempotency key
)

// A script of once: onceHead, the body of a Lua function of the keys and args that the call has, and onceTail. KEYS[1] is
// where the answer is kept, ARGV[1] the fingerprint, ARGV[2] how long it is kept, in milliseconds.
const (
	onceHead = `
local kept, own = redis.call('GET', KEYS[1]), ARGV[1]
if kept and kept:sub(1, #own) ~= own then
	return {'another', ''}
end
if kept then
	return {'again', kept:sub(#own + 1)}
end
local keys, args = {unpack(KEYS, 2)}, {unpack(ARGV, 3)}
local function effect()`
	onceTail = `
end
local reply, text = effect()
if type(reply) == 'table' and reply.err then
	for _, refusal in ipairs({'WRONGTYPE', 'ERR value is not an integer', 'ERR increment or decrement would overflow'}) do
		if reply.err:sub(1, #refusal) == refusal then
			text = '-' .. reply.err
		end
	end
	if not text then
		return reply
	end
elseif type(reply) == 'table' then
	text = ':1'
else
	text = ':' .. (reply or 0)
end
redis.call('SET', KEYS[1], own .. text, 'PX', ARGV[2])
return {'first', text}`
)

const setBody = `
return redis.pcall('SET', keys[1], unpack(args))`

// Set stores value under key once: see Store.Set.
func (o once) Set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, options kv.SetOptions) (bool, error) {
	k := name(p, key)
	o.s.large.note(k, len(v))
	met, err := o.do(ctx, p, setBody, []string{k}, appendSet(nil, v, options), len(v))
	return met == 1, err
}

// MSet stores every entry once: see Store.MSet. Errors: ErrManySlots.
func (o once) MSet(ctx context.Context, p kv.ProjectID, entries []kv.Entry) error {
	keys, args, size := make([]string, len(entries)), make([]any, 0, 2*len(entries)), 0
	for i, e := range entries {
		keys[i] = name(p, e.Key)
		args = appendEntry(args, e)
		size += len(e.Value)
	}
	_, err := o.do(ctx, p, msetBody, keys, args, size)
	return err
}

// delBody deletes keys. Where memory is full that works, and so does the keeping of the answer behind it in the same
// script; but where nothing was deleted, a SET without effect has told before whether there is room for an answer: else
// deletions could fill the memory without end.
const delBody = `
local full = redis.pcall('SET', KEYS[1], '', 'XX')
local n = redis.pcall('DEL', unpack(keys))
if n == 0 and full then
	return full
end
return n`

// Del deletes the keys once: see Store.Del. Errors: ErrManySlots.
func (o once) Del(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	return o.do(ctx, p, delBody, names(p, keys), nil, 0)
}

// Incr adds amount to the integer under key once: see Store.Incr.
func (o once) Incr(ctx context.Context, p kv.ProjectID, key kv.Key, amount int64, ttl time.Duration) (int64, error) {
	if ttl == 0 {
		return o.do(ctx, p, addBody, []string{name(p, key)}, []any{amount}, 0)
	}
	return o.do(ctx, p, incrBody, []string{name(p, key)}, []any{amount, ttl.Milliseconds()}, 0)
}

// do runs a script with that body, and returns the answer to the first call with this idempotency key. size is that of
// args, roughly.
func (o once) do(ctx context.Context, p kv.ProjectID, body string, keys []string, args []any, size int) (int64, error) {
	tag, err := o.claim(ctx, p, keys)
	if err != nil {
		return 0, err
	}
	k := answerName(p, tag, o.id.Key)
	line := append(make([]any, 0, 6+len(keys)+len(args)), "eval", onceHead+body+onceTail, 1+len(keys), k)
	for _, key := range keys {
		line = append(line, key)
		size += len(key)
	}
	line = append(append(line, o.id.Request[:], o.id.TTL.Milliseconds()), args...)
	cmd := goredis.NewStringSliceCmd(ctx, line...)
	size += len(onceHead) + len(body) + len(onceTail)
	if err := o.s.run(ctx, &call{Cmder: cmd, key: k, write: true, size: size}); err != nil {
		return 0, err
	}
	return o.answer(cmd.Val())
}

// answer reads the reply of a script.
func (o once) answer(reply []string) (int64, error) {
	if len(reply) != 2 {
		return 0, fmt.Errorf("once: an odd answer of %d parts", len(reply))
	}
	if reply[0] == another {
		return 0, kv.ErrOtherRequest
	}
	o.id.Replayed = reply[0] == again
	if text, refused := strings.CutPrefix(reply[1], "-"); refused {
		return 0, refusal(text)
	}
	return strconv.ParseInt(strings.TrimPrefix(reply[1], ":"), 10, 64)
}

// claimScript stores a fingerprint unless there is one, and returns the one that is there then.
const claimScript = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX')
return redis.call('GET', KEYS[1])`

// claim sees to it, before a Cluster, that no other request has this idempotency key, and returns the tag of the slot in
// which the keys lie. Errors: ErrManySlots, ErrOtherRequest.
func (o once) claim(ctx context.Context, p kv.ProjectID, keys []string) (tag string, err error) {
	if _, one := o.s.nodes.(*single); one {
		return "", nil
	}
	if len(o.s.nodes.split(keys)) > 1 {
		return "", kv.ErrManySlots
	}
	k := answerName(p, "", o.id.Key)
	cmd := goredis.NewStringCmd(ctx, "eval", claimScript, 1, k, o.id.Request[:], o.id.TTL.Milliseconds())
	// It may be repeated as a read may, and changes no key.
	err = o.s.run(ctx, &call{Cmder: cmd, key: k, size: len(k) + len(claimScript)})
	switch {
	case errors.Is(err, kv.ErrOutOfMemory): // that server is full, perhaps of what this call is to delete
	case err != nil:
		return "", err
	case cmd.Val() != string(o.id.Request[:]):
		return "", kv.ErrOtherRequest
	}
	return tagOf(slot(keys[0])), nil
}
