// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis/reply"
)

// replyErrors are the errors of known error replies, by how these begin. The error replies of a script begin the same.
var replyErrors = []struct {
	prefix string
	err    error
}{
	{"WRONGTYPE", kv.ErrWrongType},
	{"ERR value is not an integer", kv.ErrNotInteger},
	{"ERR increment or decrement would overflow", kv.ErrOverflow},
	{"OOM", kv.ErrOutOfMemory},
	{"BUSYKEY", errKeyThere},
	{"ERR Bad data format", errDump},
	{"ERR DUMP payload", errDump},

	{"READONLY", errReadOnly},
	{"NOREPLICAS", shown(kv.ErrUnavailable, "NOREPLICAS: Redis refuses writes, since fewer replicas follow it than its "+
		"min-replicas-to-write asks for: bring the replicas back, or lower min-replicas-to-write")},
	{"MISCONF", shown(kv.ErrStorageFull, "MISCONF: Redis refuses writes, since it cannot store its data on its disk: make "+
		"room there; its log says more")},
	{"CLUSTERDOWN", shown(kv.ErrUnavailable, "CLUSTERDOWN: the Redis Cluster refuses commands, since masters are missing or "+
		"slots are not served: bring its masters back; CLUSTER INFO says more")},
	{"MASTERDOWN", shown(kv.ErrUnavailable, "MASTERDOWN: the Redis is a replica that has lost its master: name the master, "+
		"or the Sentinels, in redis_url")},
	{"LOADING", shown(kv.ErrUnavailable, "LOADING: Redis is still loading its data: try again")},
	{"BUSY ", shown(kv.ErrUnavailable, "BUSY: Redis is running a script that does not end: SCRIPT KILL ends it")},
	{"TRYAGAIN", shown(kv.ErrUnavailable, "TRYAGAIN: the Redis Cluster is moving these keys to another server: try again")},

	{"NOAUTH", kv.Refuse(kv.ErrUnavailable, "Redis asks for a password: check redis_url")},
	{"WRONGPASS", kv.Refuse(kv.ErrUnavailable, "Redis refused the user name or password: check redis_url")},
	{"ERR invalid password", kv.Refuse(kv.ErrUnavailable, "Redis refused the password: check redis_url")},
	{"ERR AUTH", kv.Refuse(kv.ErrUnavailable, "Redis takes no password as it is configured: check redis_url")},
	{"ERR Client sent AUTH", kv.Refuse(kv.ErrUnavailable, "Redis takes no password as it is configured: check redis_url")},
	{"NOPERM", errPermission},
	{"ERR The user executing the script can", errPermission}, // as it is said in a script, up to 7.0
	{"ERR ACL failure in script", errPermission},

	{"ERR DB index is out of range", errDatabase},
	{"ERR invalid DB index", errDatabase},
	{"ERR SELECT is not allowed in cluster mode", kv.Refuse(kv.ErrUnavailable, "redis_url names a database, and a Redis Cluster "+
		"has database 0 only: leave the number out")},
	{"ERR Protocol error: invalid bulk length", errTooLarge},
	{reply.TooLong, errLongReply},
	{reply.Later, errLongReply},
	{"ERR max number of clients", errFull},
	{"DENIED", errProtected},
}

var (
	errReadOnly = shown(kv.ErrUnavailable, "READONLY: Redis refuses writes, since it is a replica: name its master, or the "+
		"Sentinels, in redis_url, or make it a master with REPLICAOF NO ONE")
	errPermission = kv.Refuse(kv.ErrUnavailable, "the Redis user lacks a permission: it needs +@read +@write +@scripting "+
		"+@connection +info +cluster and the keys kv:*")
	errDatabase = kv.Refuse(kv.ErrUnavailable, "redis_url names a database that Redis does not have: take a smaller number, or "+
		"raise databases in its configuration (16 by default)")
	errTooLarge = kv.Refuse(kv.ErrTooLarge, "the value is larger than Redis takes: raise proto-max-bulk-len there")
	// errLongReply is of a string that was not loaded, since it is beyond Config.MaxAnswer.
	errLongReply = kv.Refuse(kv.ErrTooLarge, "the value is larger than an answer may be")
	// errFull and errProtected also end connections: see helloError.
	errFull = kv.Refuse(kv.ErrUnavailable, "Redis has as many connections as it may: raise its maxclients")

	errProtected = kv.Refuse(kv.ErrUnavailable, "Redis runs in protected mode, which takes connections from its own machine only: "+
		"give it a password, or set protected-mode no if no one else can reach it")
)

// shown returns a Refusal that callers of data may read.
func shown(kind error, detail string) error {
	return &kv.Refusal{Kind: kind, Detail: detail, Shown: true}
}

// helloError returns the error of a server that rejects a connection in its reply to HELLO, and closes it. go-redis
// takes any error reply to HELLO for that of an old server and goes on; a command that it sent then would be lost, with
// an unknown outcome.
func helloError(err error) error {
	text, _ := replyText(err)
	if hasAnyPrefix(text, []string{"ERR max number of clients", "DENIED"}) {
		return errors.Join(replyError(text)) // go-redis unwraps what it can
	}
	return err
}

// replyError returns the error for an error reply: the command was not run.
func replyError(text string) error {
	for _, r := range replyErrors {
		if strings.HasPrefix(text, r.prefix) {
			return r.err
		}
	}
	if name, ok := unknownCommand(text); ok {
		return kv.Refuse(kv.ErrUnavailable, "Redis does not know the command %s, which is needed: it is too old, or something blocks "+
			"or renames the command", name)
	}
	return fmt.Errorf("redis: %s: %w", firstWords(text), kv.ErrUnavailable)
}

// unknownCommand returns the name of the command that an error reply calls unknown.
func unknownCommand(text string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(text, "ERR unknown command ")
	if !ok || rest == "" {
		return "", false
	}
	name, _, _ = strings.Cut(strings.TrimLeft(rest, "'`\""), ",")
	name = strings.ToUpper(strings.TrimRight(name, "'`\""))
	return name, name != "" && len(name) <= 20 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// maxWords bounds what is kept of an error reply, in bytes.
const maxWords = 160

// firstWords returns the beginning of an error reply, without what may be quoted from the command. An apostrophe inside
// a word quotes nothing.
func firstWords(text string) string {
	for i, c := range text {
		if strings.ContainsRune("'`\"", c) && !insideWord(text, i) {
			text = text[:i]
			break
		}
	}
	text = text[:min(len(text), maxWords)]
	return strings.TrimSpace(strings.ToValidUTF8(text, ""))
}

// insideWord reports whether the byte at index i is between letters.
func insideWord(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	return unicode.IsLetter(before) && unicode.IsLetter(after)
}
