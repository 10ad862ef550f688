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

// idempotent is a kv.Changer that runs each call in one script together with storing its outcome, so a server that is
// killed in between has both or neither. The outcome expires. It is the fingerprint of the request, followed by a colon
// and the result, or by a minus and the error.
//
// In a Cluster the outcome lies in the slot of the keys, where a different request with the same idempotency key would
// not look. So the fingerprint is stored first, at a place that only the idempotency key decides. A crash after that does
// no harm: the same request continues from there. While the keys of a slot move to another server, Redis rejects such a
// script (TRYAGAIN) until both of its keys are there, and it is sent again.
type idempotent struct {
	s  *Store
	id *kv.Idempotency
}

// Idempotent returns a Changer for one call: see kv.Store.
func (s *Store) Idempotent(id *kv.Idempotency) kv.Changer { return idempotent{s, id} }

// What the reply of a script begins with, unless this was the first call.
const (
	replayed     = "replayed"
	otherRequest = "other request" // with the same idempotency key
)

// A script is scriptHead, the body of a Lua function of the call's keys and args, and scriptTail. KEYS[1] is where the
// outcome is stored, ARGV[1] the fingerprint, ARGV[2] how long the outcome is kept, in milliseconds.
const (
	scriptHead = `
local stored, request = redis.call('GET', KEYS[1]), ARGV[1]
if stored and stored:sub(1, #request) ~= request then
	return {'other request', ''}
end
if stored then
	return {'replayed', stored:sub(#request + 1)}
end
local keys, args = {unpack(KEYS, 2)}, {unpack(ARGV, 3)}
local function effect()`
	scriptTail = `
end
local reply, text = effect()
if type(reply) == 'table' and reply.err then
	for _, known in ipairs({'WRONGTYPE', 'ERR value is not an integer', 'ERR increment or decrement would overflow'}) do
		if reply.err:sub(1, #known) == known then
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
redis.call('SET', KEYS[1], request .. text, 'PX', ARGV[2])
return {'first', text}`
)

const setBody = `
return redis.pcall('SET', keys[1], unpack(args))`

// Set stores value under key: see Store.Set.
func (o idempotent) Set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, options kv.SetOptions) (bool, error) {
	k := name(p, key)
	o.s.large.note(k, len(v))
	o.s.forget(len(v), k)
	defer o.s.forget(len(v), k)
	met, err := o.do(ctx, p, setBody, []string{k}, appendSet(nil, v, options), len(v))
	return met == 1, err
}

// MSet stores every entry: see Store.MSet. Errors: ErrManySlots.
func (o idempotent) MSet(ctx context.Context, p kv.ProjectID, entries []kv.Entry) error {
	keys, args, size := make([]string, len(entries)), make([]any, 0, 2*len(entries)), 0
	for i, e := range entries {
		keys[i] = name(p, e.Key)
		args = appendEntry(args, e)
		size += len(e.Value)
	}
	o.s.forget(size, keys...)
	defer o.s.forget(size, keys...)
	_, err := o.do(ctx, p, msetBody, keys, args, size)
	return err
}

// delBody deletes keys. That works when memory is full, and so does storing the outcome after it in the same script. But
// if nothing was deleted, the outcome needs room, which a SET without effect has checked before: otherwise deletions could
// fill the memory without end.
const delBody = `
local full = redis.pcall('SET', KEYS[1], '', 'XX')
local n = redis.pcall('DEL', unpack(keys))
if n == 0 and full then
	return full
end
return n`

// Del deletes the keys: see Store.Del. Errors: ErrManySlots.
func (o idempotent) Del(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	return o.do(ctx, p, delBody, names(p, keys), nil, 0)
}

// Incr adds amount to the integer under key: see Store.Incr.
func (o idempotent) Incr(ctx context.Context, p kv.ProjectID, key kv.Key, amount int64, ttl time.Duration) (int64, error) {
	if ttl == 0 {
		return o.do(ctx, p, addBody, []string{name(p, key)}, []any{amount}, 0)
	}
	return o.do(ctx, p, incrBody, []string{name(p, key)}, []any{amount, ttl.Milliseconds()}, 0)
}

// do runs a script with that body, and returns the outcome of the first call with this idempotency key. size is that of
// args, roughly.
func (o idempotent) do(ctx context.Context, p kv.ProjectID, body string, keys []string, args []any, size int) (int64, error) {
	if o.id.Refusal != nil {
		return o.replay(ctx, p, keys)
	}
	tag, err := o.reserve(ctx, p, keys)
	if err != nil {
		return 0, err
	}
	k := outcomeName(p, tag, o.id.Key)
	line := append(make([]any, 0, 6+len(keys)+len(args)), "eval", scriptHead+body+scriptTail, 1+len(keys), k)
	for _, key := range keys {
		line = append(line, key)
		size += len(key)
	}
	line = append(append(line, o.id.Request[:], o.id.TTL.Milliseconds()), args...)
	cmd := goredis.NewStringSliceCmd(ctx, line...)
	size += len(scriptHead) + len(body) + len(scriptTail)
	if err := o.s.run(ctx, &command{Cmder: cmd, key: k, write: true, size: size}); err != nil {
		return 0, err
	}
	return o.outcome(cmd.Val())
}

// replay returns the outcome that is stored, and the Refusal if there is none. It stores nothing.
func (o idempotent) replay(ctx context.Context, p kv.ProjectID, keys []string) (int64, error) {
	tag, err := o.tag(keys)
	if err != nil {
		return 0, err
	}
	k := outcomeName(p, tag, o.id.Key)
	cmd := goredis.NewStringCmd(ctx, "get", k)
	err = o.s.run(ctx, &command{Cmder: cmd, key: k, size: len(k)})
	switch stored, same := strings.CutPrefix(cmd.Val(), string(o.id.Request[:])); {
	case errors.Is(err, goredis.Nil) || err == nil && cmd.Err() != nil:
		return 0, o.id.Refusal
	case err != nil:
		return 0, err
	case !same:
		return 0, kv.ErrOtherRequest
	default:
		return o.outcome([]string{replayed, stored})
	}
}

// outcome reads the reply of a script.
func (o idempotent) outcome(reply []string) (int64, error) {
	if len(reply) != 2 {
		return 0, fmt.Errorf("idempotent script: a reply of %d parts", len(reply))
	}
	if reply[0] == otherRequest {
		return 0, kv.ErrOtherRequest
	}
	o.id.Replayed = reply[0] == replayed
	if text, failed := strings.CutPrefix(reply[1], "-"); failed {
		return 0, replyError(text)
	}
	return strconv.ParseInt(strings.TrimPrefix(reply[1], ":"), 10, 64)
}

// reserveScript stores a fingerprint unless there is one, and returns the one that is there then.
const reserveScript = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX')
return redis.call('GET', KEYS[1])`

// reserve makes sure, in a Cluster, that no other request has this idempotency key, and returns the tag of the slot in
// which the keys lie. Errors: ErrManySlots, ErrOtherRequest.
func (o idempotent) reserve(ctx context.Context, p kv.ProjectID, keys []string) (tag string, err error) {
	if tag, err = o.tag(keys); err != nil || tag == "" {
		return "", err
	}
	k := outcomeName(p, "", o.id.Key)
	cmd := goredis.NewStringCmd(ctx, "eval", reserveScript, 1, k, o.id.Request[:], o.id.TTL.Milliseconds())
	// Like a read, it may be repeated: it changes no key.
	err = o.s.run(ctx, &command{Cmder: cmd, key: k, size: len(k) + len(reserveScript)})
	switch {
	case errors.Is(err, kv.ErrOutOfMemory): // that server is full, perhaps of what this call deletes
	case err != nil:
		return "", err
	case cmd.Val() != string(o.id.Request[:]):
		return "", kv.ErrOtherRequest
	}
	return tag, nil
}

// tag returns the tag of the slot in which the keys lie, empty outside a Cluster. Errors: ErrManySlots.
func (o idempotent) tag(keys []string) (string, error) {
	if _, one := o.s.nodes.(*single); one {
		return "", nil
	}
	if len(o.s.nodes.split(keys)) > 1 {
		return "", kv.ErrManySlots
	}
	return tagOf(slot(keys[0])), nil
}
