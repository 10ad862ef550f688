// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Examination is what Examine found.
type Examination struct {
	// Missing are commands that the store sends and that the server, or its user, lacks.
	Missing []string
	// Warnings say what follows from Missing, and from the permissions of the server's default user.
	Warnings []engine.Warning
	// Notes say what may matter and could not be checked, and how to check it by hand.
	Notes []string
}

// Check returns a Refusal of kind ErrNotSupported that names the commands that are missing, nil if none is.
func (e Examination) Check() error {
	if len(e.Missing) == 0 {
		return nil
	}
	return kv.Refuse(kv.ErrNotSupported, "%s", missingText(e.Missing))
}

func missingText(commands []string) string {
	return "the Redis, or its user, lacks what is needed: " + strings.Join(commands, ", ") +
		"; allow the user +@read +@write +@scripting +@connection +info +cluster, or take a server that has the commands"
}

// needed are the commands that the store sends, each in a form that changes nothing; KEY is a key of no project.
var needed = [][]any{
	{"get", "KEY"},
	{"mget", "KEY"},
	{"strlen", "KEY"},
	{"exists", "KEY"},
	{"pttl", "KEY"},
	{"persist", "KEY"},
	{"pexpire", "KEY", 1},
	{"set", "KEY", "", "xx"},
	{"mset", "KEY", "", "KEY"},   // rejected for its odd number of arguments
	{"incrby", "KEY", "nothing"}, // rejected as not an integer
	{"del", "KEY"},
	{"unlink", "KEY"},
	{"scan", 0, "count", 1},
	{"eval", "return redis.call('GET', KEYS[1])", 1, "KEY"},
}

// passing are how the error replies begin that show that a command is known and permitted. An error about the name of the key
// is among them: the user may be limited to the keys of projects.
var passing = append([]string{
	"ERR value is not an integer", "ERR wrong number of arguments", "OOM", "NOPERM No permissions to access a key",
	"NOPERM this user has no permissions to access one of the keys", "ERR The user executing the script can't access",
	"ERR ACL failure in script: No permissions to access", "NOPERM ACL failure in script: No permissions to access",
}, append(transientErrors, rejectsWrites...)...)

// Examine finds out, by commands that change nothing, which commands are missing, and whether the servers would lose data when
// they load their AOF. It takes longer than Probe, and its result seldom changes. Errors: as Probe.
func (s *Store) Examine(ctx context.Context) (Examination, error) {
	if err := s.begin(ctx); err != nil {
		return Examination{}, err
	}
	defer s.end()
	var mu sync.Mutex
	var all Examination
	var state defaultUser
	var trusts bool
	u := s.unguarded()
	err := u.nodes.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error {
		missing, err := u.missing(ctx, node)
		if err != nil {
			return err
		}
		user, err := u.defaultUser(ctx, node)
		if err != nil {
			return err
		}
		trusting, err := u.trustsDumps(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		all.Missing, state, trusts = append(all.Missing, missing...), max(state, user), trusts || trusting
		return err
	})
	if err != nil {
		return Examination{}, s.explainError(ctx, err)
	}
	slices.Sort(all.Missing)
	all.Missing = slices.Compact(all.Missing)
	if i := slices.Index(all.Missing, "EVAL"); i >= 0 {
		all.Warnings = append(all.Warnings, engine.WarnScripts.With(missingText([]string{"EVAL"})))
	}
	if others := slices.DeleteFunc(slices.Clone(all.Missing), func(name string) bool { return name == "EVAL" }); len(others) > 0 {
		all.Warnings = append(all.Warnings, engine.WarnCommands.With(missingText(others)))
	}
	all.note(state)
	if trusts {
		all.noteDumps()
	}
	return all, nil
}

// missing returns the names of the commands that one server, or its user, lacks.
func (s *Store) missing(ctx context.Context, node *goredis.Client) ([]string, error) {
	key, ok := s.ownKey(ctx, node)
	if !ok {
		return nil, nil // no slots, so no commands
	}
	commands, group := make([]*command, len(needed)), make([]int, len(needed))
	for i, line := range needed {
		args := slices.Clone(line)
		for j, arg := range args {
			if arg == "KEY" {
				args[j] = key
			}
		}
		commands[i], group[i] = &command{Cmder: goredis.NewCmd(ctx, args...), noFailoverWait: true}, i
	}
	errs := make([]error, len(commands))
	sendPipeline(ctx, node, commands, group, errs)
	var missing []string
	for i, err := range errs {
		text, isReply := replyText(err)
		switch {
		case err == nil, errors.Is(err, goredis.Nil), isReply && hasAnyPrefix(text, passing):
		case isReply:
			missing = append(missing, strings.ToUpper(needed[i][0].(string)))
		default:
			return nil, commands[i].outcome(ctx, err)
		}
	}
	return missing, nil
}

// Risks returns warnings about the settings of a server that tempskv does not configure.
func Risks(s engine.Server) []engine.Warning {
	var all []engine.Warning
	if s.Persistence != nil && !*s.Persistence {
		all = append(all, engine.WarnNotPersisted.With("the Redis writes nothing to its disk (appendonly no, and no save): all data are "+
			"lost when it ends; set appendonly yes there"))
	}
	if s.Eviction.MayEvict() {
		all = append(all, engine.WarnEviction.With("the Redis removes keys that have no expiry where its memory is full "+
			"(maxmemory-policy "+string(s.Eviction)+"): set it to noeviction or volatile-lru, unless all of this is a cache"))
	}
	return all
}
