// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Error replies to RESTORE.
var (
	errKeyThere = errors.New("the key is there")
	errDump     = errors.New("the dump was rejected")
)

// Takes reports whether Import can store values of a type. Only the server knows whether it accepts the dump of one.
func (s *Store) Takes(recordType string) bool {
	return recordType != kv.NoType && recordType != kv.TooLargeType
}

// Import stores the records whose keys do not exist and that have not expired, and returns the indices of those whose keys
// exist. Records that were stored before an error stay stored, so their keys exist when Import is called again. Errors:
// ErrNotSupported for dumps that this server cannot read, usually those of a later version; a Refusal if its user may not
// RESTORE; ErrInvalid; else as kv.Store. See SET and RESTORE in the Redis command reference.
func (s *Store) Import(ctx context.Context, records []kv.Record) ([]int, error) {
	for _, r := range records {
		if !s.Takes(r.Type) {
			return nil, kv.Refuse(kv.ErrNotSupported, "a record holds no value: its type is %s", r.Type)
		}
		if err := r.Validate(); err != nil {
			return nil, err
		}
	}
	return s.apart.put(ctx, records)
}

// put is Import for validated records.
func (s *Store) put(ctx context.Context, records []kv.Record) (present []int, err error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	var commands []*command
	var of []int // the record of each command
	var keys []string
	size, now := 0, time.Now()
	for i, r := range records {
		if !r.Expired(now) {
			c := putCommand(ctx, r)
			commands, of, keys, size = append(commands, c), append(of, i), append(keys, c.key), size+c.size
		}
	}
	s.forget(size, keys...)
	defer s.forget(size, keys...)
	if len(commands) == 0 {
		return nil, nil
	}
	err = s.batch(ctx, commands, errKeyThere, errDump)
	rejected := map[string]int{}
	for j, i := range of {
		r := records[i]
		text, _ := replyText(commands[j].Err())
		switch {
		case r.Type != "" && strings.HasPrefix(text, "NOPERM"):
			return nil, kv.Refuse(kv.ErrUnavailable, "the Redis user lacks a permission: to store keys of other types than strings "+
				"it needs +restore")
		case text != "" && replyError(text) == errDump:
			rejected[r.Type]++
		case commands[j].Err() != nil: // a nil reply, or errKeyThere
			present = append(present, i)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case len(rejected) > 0:
		return nil, refuseDumps(rejected)
	}
	return present, nil
}

// refuseDumps returns the Refusal for dumps that the server rejected, by type.
func refuseDumps(types map[string]int) error {
	n, each := 0, make([]string, 0, len(types))
	for _, name := range slices.Sorted(maps.Keys(types)) {
		n += types[name]
		each = append(each, fmt.Sprintf("%d of type %.40q", types[name], name))
	}
	return kv.Refuse(kv.ErrNotSupported, "%d keys cannot be stored in this Redis, %s: they come from a later version than it, or "+
		"from one with other modules, or are damaged", n, strings.Join(each, ", "))
}

// putScript stores a string that expires, unless the key exists. The expiry is a point in time, not the time left, so that
// neither delays nor our clock change it.
const putScript = `
local stored = redis.pcall('SET', KEYS[1], ARGV[1], 'NX')
if stored and stored.ok then
	redis.call('PEXPIREAT', KEYS[1], ARGV[2])
end
return stored`

// putCommand returns the command that stores a record.
func putCommand(ctx context.Context, r kv.Record) *command {
	k := name(r.Project, r.Key)
	at := int64(0)
	if !r.ExpiresAt.IsZero() {
		at = r.ExpiresAt.UnixMilli()
	}
	var args []any
	switch {
	case r.Type != "":
		args = []any{"restore", k, at, r.Dump, "absttl"}
	case at != 0:
		args = []any{"eval", putScript, 1, k, r.Text, at}
	default:
		args = []any{"set", k, r.Text, "nx"}
	}
	return &command{Cmder: goredis.NewStatusCmd(ctx, args...), key: k, write: true, size: len(k) + r.Size()}
}
