// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// idsPrefix begins every key of every project; a number, a colon and the key follow.
const idsPrefix = "kv:p"

// prefix returns the prefix of the keys of a project. It holds nothing that is special in a glob pattern.
func prefix(p kv.ProjectID) string {
	return string(append(strconv.AppendInt([]byte(idsPrefix), int64(p), 10), ':'))
}

// name returns the name in Redis of a project's key.
func name(p kv.ProjectID, key kv.Key) string {
	b := make([]byte, 0, len(idsPrefix)+20+len(key))
	b = strconv.AppendInt(append(b, idsPrefix...), int64(p), 10)
	return string(append(append(b, ':'), key...))
}

// outcomeName returns the name in Redis of the outcome stored under an idempotency key of a project, in any slot if
// tag is empty. It has an exclamation mark where the name of a key has a colon, so only the pattern of DeleteProject matches it.
func outcomeName(p kv.ProjectID, tag, key string) string {
	if tag != "" {
		tag = "{" + tag + "}"
	}
	return idsPrefix + strconv.FormatInt(int64(p), 10) + "!" + tag + ":" + key
}

// everything returns the pattern of all that is stored for a project: its keys and outcomes.
func everything(p kv.ProjectID) string {
	return idsPrefix + strconv.FormatInt(int64(p), 10) + "[:!]*"
}

// names returns the names in Redis of several keys. They share their memory: clone what is kept for longer than the others.
func names(p kv.ProjectID, keys []kv.Key) []string {
	beginning := name(p, "")
	size := len(beginning) * len(keys)
	for _, key := range keys {
		size += len(key)
	}
	var text strings.Builder
	text.Grow(size)
	all := make([]string, len(keys))
	for i, key := range keys {
		start := text.Len()
		text.WriteString(beginning)
		text.WriteString(string(key))
		all[i] = text.String()[start:]
	}
	return all
}

// ParseName returns the project and the key of a name in Redis such as kv:p7:key, and false if it is not the name of a
// project's key.
func ParseName(name string) (kv.ProjectID, kv.Key, bool) {
	rest, ok := strings.CutPrefix(name, idsPrefix)
	digits, key, colon := strings.Cut(rest, ":")
	id, err := strconv.ParseInt(digits, 10, 64)
	// 007 and +7 parse, but are not how 7 is written.
	if !ok || !colon || err != nil || id < 1 || kv.ProjectID(id) > kv.MaxProjectID || strconv.FormatInt(id, 10) != digits {
		return 0, "", false
	}
	return kv.ProjectID(id), kv.Key(key), true
}
