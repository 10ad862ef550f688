// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/engine"
)

// settings are read by CONFIG GET, if that is permitted.
var settings = []string{"save", "appendonly", "maxmemory", "maxmemory-policy"}

// read returns the state and settings of one server. If it takes no writes, rejects says why.
func (s *Store) read(ctx context.Context, node *goredis.Client) (server engine.Server, rejects, err error) {
	info, err := s.info(ctx, node)
	if err != nil {
		return server, nil, err
	}
	config, rejects, err := s.tryWrite(ctx, node)
	if err != nil {
		return server, nil, err
	}
	if rejects == nil && info["role"] == "slave" && !s.cfg.replica {
		rejects = errReadOnly // even if it takes writes, the next synchronization discards them
	}
	return newServer(info, config, rejects), rejects, nil
}

// tryWrite reads the settings, and deletes a key that does not exist, which a server rejects only if it rejects writes.
func (s *Store) tryWrite(ctx context.Context, node *goredis.Client) (config map[string]string, rejects, err error) {
	commands, group := make([]*command, 0, len(settings)+1), make([]int, 0, len(settings)+1)
	for i, name := range settings {
		commands, group = append(commands, &command{Cmder: goredis.NewStringSliceCmd(ctx, "config", "get", name), noFailoverWait: true}), append(group, i)
	}
	if key, ok := s.ownKey(ctx, node); ok {
		commands = append(commands, &command{Cmder: goredis.NewIntCmd(ctx, "del", key), noFailoverWait: true})
		group = append(group, len(settings))
	}
	errs := make([]error, len(commands))
	sendPipeline(ctx, node, commands, group, errs)
	config = map[string]string{}
	for i, err := range errs {
		switch text, isReply := replyText(err); {
		case err != nil && !isReply:
			return nil, nil, commands[i].outcome(ctx, err)
		case i < len(settings) && err == nil:
			if pair := commands[i].Cmder.(*goredis.StringSliceCmd).Val(); len(pair) == 2 {
				config[pair[0]] = pair[1]
			}
		case i == len(settings) && hasAnyPrefix(text, rejectsWrites):
			rejects = replyError(text)
		}
	}
	return config, rejects, nil
}

// rejectsWrites are error replies to a write of a server that takes none. Others say that the user may not use the key, or that
// another server holds it.
var rejectsWrites = []string{"READONLY", "NOREPLICAS", "MISCONF", "CLUSTERDOWN", "MASTERDOWN"}

// ownKeyTries bounds the search for a key that a server of a Cluster holds.
const ownKeyTries = 4096

// ownKey returns a key of no project that the server would hold.
func (s *Store) ownKey(ctx context.Context, node *goredis.Client) (string, bool) {
	for i := range ownKeyTries {
		key := fmt.Sprintf("kv:p0:probe{%d}", i)
		holder, err := s.nodes.holder(ctx, key)
		if err != nil {
			return "", false
		}
		if holder == node {
			return key, true
		}
	}
	return "", false
}

// newServer returns what is known about one server. See INFO and CONFIG GET in the Redis command reference.
func newServer(info, config map[string]string, rejects error) engine.Server {
	server := engine.Server{
		Version:     version(info),
		Persistence: persists(info, config),
		Eviction:    engine.Eviction(firstNonEmpty(config["maxmemory-policy"], info["maxmemory_policy"])),
	}
	server.UsedMemory, _ = strconv.ParseInt(info["used_memory"], 10, 64)
	if limit, err := strconv.ParseInt(firstNonEmpty(config["maxmemory"], info["maxmemory"]), 10, 64); err == nil {
		server.MaxMemory = &limit
	}
	server.Warnings = serverWarnings(info, config, rejects)
	return server
}

// firstNonEmpty returns the first text that is not empty.
func firstNonEmpty(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// persists reports whether the server writes its data to disk by itself, nil if it is not known: INFO shows an AOF, but only
// CONFIG GET shows snapshots.
func persists(info, config map[string]string) *bool {
	aof := map[string]string{"1": "yes", "0": "no"}[info["aof_enabled"]]
	save, known := config["save"]
	switch aof = firstNonEmpty(config["appendonly"], aof); {
	case aof == "yes", known && save != "":
		return new(true)
	case aof == "no" && known:
		return new(false)
	}
	return nil
}

// serverWarnings returns what is wrong with a server that replies, no matter who configures it.
func serverWarnings(info, config map[string]string, rejects error) []engine.Warning {
	var all []engine.Warning
	if rejects != nil {
		all = append(all, engine.WarnWrites.With(detail(rejects)))
	}
	save, known := config["save"]
	for _, fault := range []struct {
		field string
		on    bool
		what  string
	}{
		{"aof_last_write_status", info["aof_enabled"] == "1", "its last write to the AOF"},
		{"aof_last_bgrewrite_status", info["aof_enabled"] == "1", "its last rewrite of the AOF"},
		{"rdb_last_bgsave_status", !known || save != "", "its last snapshot"},
	} {
		if fault.on && info[fault.field] == "err" {
			all = append(all, engine.WarnStorageFull.With(fmt.Sprintf("Redis failed in %s (%s is err): see that its disk has room and "+
				"may be written; its log says more", fault.what, fault.field)))
		}
	}
	return append(all, versionWarnings(info)...)
}

// detail returns the text of a Refusal without its kind.
func detail(err error) string {
	_, text, _ := strings.Cut(err.Error(), ": ")
	return text
}

// weakest returns what holds for all servers together.
func weakest(servers []engine.Server) engine.Server {
	all := servers[0]
	for _, s := range servers[1:] {
		all.UsedMemory += s.UsedMemory
		all.Persistence = bothPersist(all.Persistence, s.Persistence)
		all.Eviction = worseEviction(all.Eviction, s.Eviction)
		all.MaxMemory = lowerLimit(all.MaxMemory, s.MaxMemory)
		all.Warnings = append(all.Warnings, s.Warnings...)
	}
	return all
}

// bothPersist reports whether a and b hold, nil if that is not known.
func bothPersist(a, b *bool) *bool {
	switch {
	case a != nil && !*a:
		return a
	case b == nil || a != nil && !*b:
		return b
	case a == nil && !*b:
		return b
	}
	return a
}

// worseEviction returns the policy that removes more; an unknown one hides all but the worst.
func worseEviction(a, b engine.Eviction) engine.Eviction {
	rank := func(e engine.Eviction) int {
		switch {
		case e.MayEvict():
			return 3
		case e == "":
			return 2
		case e != engine.NoEviction:
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// lowerLimit returns the lower limit, where 0 means none; nil if one is not known.
func lowerLimit(a, b *int64) *int64 {
	switch {
	case a == nil || b == nil:
		return nil
	case *a == 0 || *b > 0 && *b < *a:
		return b
	}
	return a
}
