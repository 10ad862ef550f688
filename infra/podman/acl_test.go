// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// passwords returns the passwords in the data directory.
type passwords struct {
	App   string `json:"app_password"`
	Admin string `json:"admin_password"`
}

func (w *world) passwords() (p passwords) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "podman.json"))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil || p.App == "" || p.Admin == "" || p.App == p.Admin {
		w.t.Fatalf("there are not two passwords: %v", err)
	}
	return p
}

func sha(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

// addr returns the path of the server's socket, or the address of its port.
func (w *world) addr() string {
	w.t.Helper()
	id := w.Podman("ps", "-q")
	const source = `{{range .Mounts}}{{if eq .Destination "/run/tempskv"}}{{.Source}}{{end}}{{end}}`
	if dir := w.Podman("inspect", "--format", source, id); dir != "" {
		return filepath.Join(dir, "redis.sock")
	}
	return w.Podman("port", id, "6379")
}

// as connects to the server as one of its users.
func (w *world) as(user, password string) *goredis.Client {
	w.t.Helper()
	addr, dir := podman.Shorten(w.addr())
	if dir != nil {
		w.t.Cleanup(func() { _ = dir.Close() })
	}
	client := goredis.NewClient(&goredis.Options{
		Addr: addr, Username: user, Password: password, Protocol: 2, DisableIdentity: true, MaxRetries: -1,
	})
	w.t.Cleanup(func() { _ = client.Close() })
	return client
}

// refused runs a command, and returns how the server refuses it.
func refused(ctx context.Context, client *goredis.Client, command string) string {
	var args []any
	for word := range strings.FieldsSeq(command) {
		args = append(args, word)
	}
	if err := client.Do(ctx, args...).Err(); err != nil {
		return err.Error()
	}
	return ""
}

// forbidden are commands that read or change more than keys, or block the server for long.
var forbidden = []string{
	"CONFIG GET requirepass", "CONFIG SET maxmemory 0", "CONFIG REWRITE", "ACL LIST", "ACL SETUSER app +@all",
	"FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "KEYS *", "DEBUG SLEEP 0", "SHUTDOWN NOSAVE", "SAVE", "BGSAVE", "BGREWRITEAOF",
	"REPLICAOF 127.0.0.1 1", "SLAVEOF 127.0.0.1 1", "FAILOVER", "CLUSTER RESET", "MONITOR", "SYNC", "PSYNC ? -1",
	"MODULE LOAD /data/a.so", "MIGRATE 127.0.0.1 1 a 0 1", "SORT a", "CLIENT LIST", "CLIENT KILL TYPE normal",
	"CLIENT PAUSE 1", "SLOWLOG GET", "LATENCY RESET", "LASTSAVE", "ROLE",
}

// TestServerKeepsUsersApart starts every supported server with our users. A word in their rules that a server does not
// know would keep it from starting.
func TestServerKeepsUsersApart(t *testing.T) {
	for _, reference := range podmantest.DebianImages() {
		t.Run(reference, func(t *testing.T) {
			w := newWorld(t)
			s := settings(w.DebianImage(reference))
			s.MaxMemory, s.Eviction = "100mb", "allkeys-lru"
			store := w.enable(s)
			server, err := w.engine.Probe(w.ctx())
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("version %s", server.Version)
			w.expectUsers()
			w.expectPortable(store)
			want := map[string]string{
				"maxmemory": fmt.Sprint(100 << 20), "maxmemory-policy": "allkeys-lru", "dir": "/data",
				"appendonly": "yes", "appendfsync": "everysec", "aof-use-rdb-preamble": "yes",
				"save": "3600 1 300 100 60 10000", "timeout": "300", "tcp-keepalive": "60", "sanitize-dump-payload": "yes",
			}
			if !strings.HasPrefix(server.Version, "6.0.") { // which checks nothing, and does not know this list
				w.expectForgedRefused()
			}
			// 6.0 does not have it, and Valkey 9.1 does not show it.
			if strings.HasPrefix(server.Version, "6.0.") || strings.HasPrefix(server.Version, "9.") {
				delete(want, "sanitize-dump-payload")
			}
			w.expectConfig(want)
		})
	}
}

// forgedList is a DUMP of a list whose one element is longer than the whole: a server that reads it reads what lies behind. Its
// checksum is right.
var forgedList = "\x12\x01\x02\x0a" + "\x0a\x00\x00\x00\x01\x00" + "\xbfa\x02\xff" + "\x0a\x00" + "CHECKSUM"

// expectForgedRefused fails the test if the server takes a forged dump.
func (w *world) expectForgedRefused() {
	w.t.Helper()
	body := []byte(strings.TrimSuffix(forgedList, "CHECKSUM"))
	sum := ^crc64.Update(^uint64(0), crc64.MakeTable(0x95ac9329ac4bc9b5), body)
	dump := binary.LittleEndian.AppendUint64(body, sum)
	app := w.as("app", w.passwords().App)
	if err := app.Restore(w.ctx(), "forged", 0, string(dump)).Err(); err == nil || !strings.Contains(err.Error(), "Bad data format") {
		w.t.Errorf("RESTORE of a forged dump: %v", err)
	}
}

// expectUsers fails the test if a user of the server may do more than it should, or less.
func (w *world) expectUsers() {
	w.t.Helper()
	p, ctx := w.passwords(), w.ctx()
	for _, nobody := range []*goredis.Client{w.as("", ""), w.as("default", ""), w.as("default", p.Admin), w.as("app", p.Admin)} {
		got := refused(ctx, nobody, "GET a")
		if !strings.HasPrefix(got, "NOAUTH") && !strings.HasPrefix(got, "WRONGPASS") {
			w.t.Errorf("%s: GET is refused with %q", nobody, got)
		}
	}
	app, admin := w.as("app", p.App), w.as("admin", p.Admin)
	for _, command := range forbidden {
		got := refused(ctx, app, command)
		exists, err := admin.Do(ctx, "COMMAND", "INFO", strings.Fields(command)[0]).Slice()
		if err == nil && exists[0] == nil && strings.HasPrefix(got, "ERR unknown command") {
			continue // this version does not have it
		}
		// Since 7.0, DEBUG and MODULE are refused to all users, before permissions are checked.
		if !strings.HasPrefix(got, "NOPERM") && !strings.Contains(got, "command not allowed") {
			w.t.Errorf("app: %s is answered with %q, want NOPERM (%v)", command, got, err)
		}
	}
	for _, command := range []string{"SET a 1", "INCRBY a 1", "PEXPIRE a 100000", "SCAN 0", "INFO", "PING", "DBSIZE", "DEL a"} {
		if got := refused(ctx, app, command); got != "" {
			w.t.Errorf("app: %s is refused with %q", command, got)
		}
	}
	if err := app.RPush(ctx, "list", "a").Err(); err != nil {
		w.t.Error(err)
	}
	if err := app.Restore(ctx, "restored", 0, app.Dump(ctx, "list").Val()).Err(); err != nil {
		w.t.Errorf("app: RESTORE is refused with %v", err)
	}
	for _, command := range []string{"CONFIG GET save", "ACL LIST", "INFO"} {
		if got := refused(ctx, admin, command); got != "" {
			w.t.Errorf("admin: %s is refused with %q", command, got)
		}
	}
}

// expectPortable fails the test if keys change when they are exported and imported again. Only their expiry may differ a
// little, if the server does not report it exactly.
func (w *world) expectPortable(store kv.Store) {
	w.t.Helper()
	ctx, admin := w.ctx(), w.as("admin", w.passwords().Admin)
	at := time.Now().Add(time.Hour).Truncate(time.Millisecond).UTC()
	text := kv.Record{Project: 9, Key: "text", Text: []byte("a\x00\xff"), ExpiresAt: at}
	if _, err := store.Import(ctx, []kv.Record{text, {Project: 9, Key: "stays", Text: []byte{}}}); err != nil {
		w.t.Fatal(err)
	}
	if err := admin.RPush(ctx, "kv:p9:list", "a", "b").Err(); err != nil {
		w.t.Fatal(err)
	}
	begun := time.Now()
	var records []kv.Record
	export := func(some []kv.Record) error { records = append(records, some...); return nil }
	if err := store.Export(ctx, 9, export); err != nil || len(records) != 3 {
		w.t.Fatalf("Export: %d records, %v", len(records), err)
	}
	if err := admin.Del(ctx, "kv:p9:text", "kv:p9:stays", "kv:p9:list").Err(); err != nil {
		w.t.Fatal(err)
	}
	if present, err := store.Import(ctx, records); err != nil || len(present) != 0 {
		w.t.Errorf("Import: %v are there, %v", present, err)
	}
	found, err := store.Lookup(ctx, records)
	if err != nil {
		w.t.Fatal(err)
	}
	took := time.Since(begun) // an expiry is calculated from a TTL, which was asked for in this time
	nearly := cmp.Comparer(func(a, b time.Time) bool { return a.Sub(b).Abs() <= took })
	if diff := cmp.Diff(found, records, nearly); diff != "" {
		w.t.Errorf("after the import: -got +want: %s", diff)
	}
	for _, r := range found {
		if r.Key == text.Key {
			w.t.Logf("the time at which it expires is off by %v", r.ExpiresAt.Sub(at))
		}
	}
	if list := admin.LRange(ctx, "kv:p9:list", 0, -1).Val(); !slices.Equal(list, []string{"a", "b"}) {
		w.t.Errorf("the list is %q", list)
	}
}

// expectConfig fails the test if the server has other settings.
func (w *world) expectConfig(want map[string]string) {
	w.t.Helper()
	admin := w.as("admin", w.passwords().Admin)
	got := map[string]string{}
	for name := range want {
		pair, err := admin.ConfigGet(w.ctx(), name).Result()
		if err != nil {
			w.t.Fatal(err)
		}
		got[name] = pair[name]
	}
	if diff := cmp.Diff(got, want); diff != "" {
		w.t.Errorf("settings of the server: -got +want: %s", diff)
	}
}

// TestServerWithoutPersistence checks that such a server writes nothing to the volume by itself.
func TestServerWithoutPersistence(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	s.Persistence = false
	_ = w.enable(s).Close()
	w.expectConfig(map[string]string{
		"appendonly": "no", "save": "", "maxmemory": "0", "maxmemory-policy": "noeviction",
	})
}
