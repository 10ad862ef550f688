// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestExamineCommands checks which commands are found missing, and that Examine changes nothing.
func TestExamineCommands(t *testing.T) {
	t.Parallel()
	user := func(rules ...string) []string { return append([]string{"--user", "app", "on", ">secret"}, rules...) }
	for _, tt := range []struct {
		name    string
		args    []string
		missing []string
		codes   []engine.WarningCode
	}{
		{"all", user("~*", "+@all"), nil, []engine.WarningCode{}},
		{"what is asked for", user("~kv:*", "+@read", "+@write", "+@scripting", "+@connection", "+info", "+cluster"), nil, []engine.WarningCode{}},
		{"keys of projects alone", user("~kv:p1:*", "+@all"), nil, []engine.WarningCode{}},
		{"no scripts", user("~*", "+@all", "-@scripting"), []string{"EVAL"}, []engine.WarningCode{engine.WarnScripts}},
		{"no SCAN, no MSET", user("~*", "+@all", "-scan", "-mset"), []string{"MSET", "SCAN"}, []engine.WarningCode{engine.WarnCommands}},
		{"renamed", append(user("~*", "+@all"), "--rename-command", "EVAL", "hidden", "--rename-command", "UNLINK", ""),
			[]string{"EVAL", "UNLINK"}, []engine.WarningCode{engine.WarnScripts, engine.WarnCommands}},
		{"full", append(user("~*", "+@all"), "--maxmemory", "1kb"), nil, []engine.WarningCode{}},
		{"refuses writes", append(user("~*", "+@all"), "--min-replicas-to-write", "1"), nil, []engine.WarningCode{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, tt.args...)
			found, err := open(t, redis.Config{URL: "redis://app:secret@" + server.Addr}).Examine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.missing, found.Missing); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.codes, codes(found.Warnings)); diff != "" {
				t.Error(diff)
			}
			err = found.Check()
			if (err != nil) != (len(tt.missing) > 0) || err != nil && !errors.Is(err, kv.ErrNotSupported) {
				t.Errorf("Check = %v", err)
			}
			for _, name := range tt.missing {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("Check = %v, without %s", err, name)
				}
			}
			if n := server.Client().DBSize(t.Context()).Val(); n != 0 {
				t.Errorf("looking left %d keys", n)
			}
		})
	}
}

// TestDefaultUser restarts a server with an AOF under several default users: what Examine warns of is exactly what
// loses what scripts and transactions wrote, and what it advises loses nothing.
func TestDefaultUser(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, user string
		loses      bool
	}{
		{"off", "off", true},
		{"off, as advised", "off ~* &* +@all", false},
		{"on, everything", "on >else ~* &* +@all", false},
		{"off, without writes", "off ~* &* +@all -@write", true},
		{"off, other keys", "off ~other:* &* +@all", true},
		{"on, limited", "on >else ~kv:* ~tempskv:* +@read +@write", false},
		{"off, no hashes", "off ~* +@all -@hash", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			acl := filepath.Join(t.TempDir(), "users.acl")
			text := "user default " + tt.user + "\nuser app on >secret ~* &* +@all\n"
			if err := os.WriteFile(acl, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no", "--aclfile", acl,
				"--sanitize-dump-payload", "yes")
			url, ctx := "redis://app:secret@"+server.Addr, t.Context()
			s := open(t, redis.Config{URL: url})
			found, err := s.Examine(ctx)
			if err != nil {
				t.Fatal(err)
			}
			want := []engine.WarningCode{}
			if tt.loses {
				want = append(want, engine.WarnDefaultUser)
			}
			if diff := cmp.Diff(want, codes(found.Warnings)); diff != "" || len(found.Notes) > 0 {
				t.Errorf("%s, notes %q", diff, found.Notes)
			}
			entries := []kv.Entry{{Key: "a", Value: kv.Value(`1`), TTL: 1e14}, {Key: "b", Value: kv.Value(`1`), TTL: 1e14}}
			if err := s.MSet(ctx, 1, entries); err != nil {
				t.Fatal(err)
			}
			const script = `redis.call('HSET', KEYS[1], 'a', '1') redis.call('HSET', KEYS[1], 'b', '1') return 1`
			if _, err := s.Do(ctx, "tempskv:{control}", true, "eval", script, 1, "tempskv:{control}"); err != nil {
				t.Fatal(err)
			}
			server.Restart()
			again := openEventually(t, redis.Config{URL: url})
			values, err := again.MGet(ctx, 1, []kv.Key{"a", "b"})
			if err != nil {
				t.Fatal(err)
			}
			control, err := again.Do(ctx, "tempskv:{control}", false, "hlen", "tempskv:{control}")
			if err != nil {
				t.Fatal(err)
			}
			if lost := values[0] == nil || control == int64(0); lost != tt.loses {
				t.Errorf("after a restart: %q, %v of the control data", values, control)
			}
		})
	}
}

// TestDefaultUserUnknown checks what is noted if the permissions cannot be read, and that nothing is without an AOF.
func TestDefaultUserUnknown(t *testing.T) {
	t.Parallel()
	for aof, notes := range map[string]int{"yes": 1, "no": 0} {
		server := redistest.Start(t, "--appendonly", aof, "--user", "app", "on", ">secret", "~*", "+@all", "-@admin", "-@dangerous", "+info")
		found, err := open(t, redis.Config{URL: "redis://app:secret@" + server.Addr}).Examine(t.Context())
		if err != nil || len(found.Notes) != notes || len(found.Warnings) > 0 {
			t.Errorf("appendonly %s: %+v, %v", aof, found, err)
		}
	}
}

// TestExamineDumps checks that a server that takes dumps without a check is noted, if its user may see that.
func TestExamineDumps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args  []string
		noted bool
	}{
		{[]string{"--user", "app", "on", ">secret", "~*", "+@all"}, true},
		{[]string{"--user", "app", "on", ">secret", "~*", "+@all", "--sanitize-dump-payload", "yes"}, false},
		{[]string{"--user", "app", "on", ">secret", "~*", "+@all", "--sanitize-dump-payload", "clients"}, false},
		{[]string{"--user", "app", "on", ">secret", "~*", "+@all", "-config"}, false},
	} {
		server := redistest.Start(t, tt.args...)
		found, err := open(t, redis.Config{URL: "redis://app:secret@" + server.Addr}).Examine(t.Context())
		noted := strings.Contains(strings.Join(found.Notes, "\n"), "sanitize-dump-payload yes")
		if err != nil || noted != tt.noted {
			t.Errorf("%v: notes %q, %v", tt.args, found.Notes, err)
		}
	}
}
