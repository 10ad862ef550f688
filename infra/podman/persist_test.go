// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// A server of an earlier tempskv differs in the rules of the default user, and so in the name of the secret and the form
// of the container; and it has a port of loopback and podman's default network instead of a socket.
var (
	defaultUser = regexp.MustCompile(`user default off [^\n]*`)
	secretName  = regexp.MustCompile(`(tempskv-[0-9a-f]{12}-)[0-9a-f]{12}\b`)
	formLabel   = regexp.MustCompile(`("io\.tempskv\.spec":")[0-9a-f]{64}"`)
)

// earlier makes the engine work like an earlier tempskv, until the returned function is called: the default user of its
// servers has no permissions.
func (w *world) earlier() (over func()) {
	w.uri = w.Proxy(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
			r.URL.Path = secretName.ReplaceAllString(r.URL.Path, "${1}000000000000")
			for _, kind := range []string{"/secrets/create", "/containers/create"} {
				if strings.HasSuffix(r.URL.Path, kind) {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						panic(err)
					}
					body = defaultUser.ReplaceAll(body, []byte("user default off"))
					body = secretName.ReplaceAll(body, []byte("${1}000000000000"))
					if formLabel.Match(body) {
						body = published(formLabel.ReplaceAll(body, []byte(`${1}earlier"`)))
					}
					r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
					r.Header.Set("Content-Length", strconv.Itoa(len(body)))
				}
			}
			query := r.URL.Query()
			query.Set("name", secretName.ReplaceAllString(query.Get("name"), "${1}000000000000"))
			if query.Get("name") != "" {
				r.URL.RawQuery = query.Encode()
			}
			next.ServeHTTP(answer, r)
		})
	})
	w.restart()
	return func() { w.uri = w.URI; w.restart() }
}

// socketArgs are the arguments by which a server has a socket and no port.
var socketArgs = regexp.MustCompile(`"--port","0","--unixsocket","[^"]*","--unixsocketperm","777"`)

// published returns the description of a container with a port instead of a socket.
func published(body []byte) []byte {
	var s map[string]any
	if err := json.Unmarshal(socketArgs.ReplaceAll(body, []byte(`"--protected-mode","no"`)), &s); err != nil {
		panic(err)
	}
	delete(s, "mounts")
	delete(s, "netns")
	s["portmappings"] = []any{map[string]any{"host_ip": "127.0.0.1", "container_port": 6379, "protocol": "tcp"}}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return text
}

// request returns the idempotency of the only request of a test with that key.
func request(key string) *kv.Idempotency {
	return &kv.Idempotency{Key: key, Request: [16]byte{1}, TTL: time.Hour}
}

// inTransactions writes in every way that a server stores as a transaction: n entries with a time to live, and a set and
// an increment, each with an idempotency key.
func (w *world) inTransactions(store kv.Store, name string) {
	w.t.Helper()
	entries := []kv.Entry{}
	for i := range 10 {
		entries = append(entries, kv.Entry{Key: kv.Key(fmt.Sprint(name, i)), Value: kv.Value(`"kept"`), TTL: time.Hour})
	}
	if err := store.MSet(w.ctx(), 1, entries); err != nil {
		w.t.Fatal(err)
	}
	if _, err := store.Idempotent(request(name+"set")).Set(w.ctx(), 1, kv.Key(name+"set"), kv.Value(`"once"`), kv.SetOptions{}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := store.Idempotent(request(name+"add")).Incr(w.ctx(), 1, kv.Key(name+"add"), 7, 0); err != nil {
		w.t.Fatal(err)
	}
	w.awaitAppended()
}

// awaitAppended waits until the server has written what it acknowledged to the file. With fsync every second it may delay
// that for up to two seconds while the disk is busy: a kill in that time loses it, as local/docs/faults.md says.
func (w *world) awaitAppended() {
	w.t.Helper()
	admin := w.as("admin", w.passwords().Admin)
	eventually(w.t, "the append-only file to be written", func() error {
		info, err := admin.Info(w.ctx(), "persistence").Result()
		if err == nil && !strings.Contains(info, "aof_buffer_length:0\r\n") && !strings.Contains(info, "aof_enabled:0\r\n") {
			err = errors.New(info)
		}
		return err
	})
}

// expectTransactions fails the test if a write of inTransactions is lost or applied again.
func (w *world) expectTransactions(store kv.Store, name string) {
	w.t.Helper()
	want := map[string]string{name + "set": `"once"`, name + "add": "7"}
	for i := range 10 {
		want[fmt.Sprint(name, i)] = `"kept"`
	}
	check := func() {
		w.t.Helper()
		for key, value := range want {
			if v, err := store.Get(w.ctx(), 1, kv.Key(key)); err != nil || string(v) != value {
				w.t.Errorf("%s is %s, %v, want %s", key, v, err, value)
			}
		}
	}
	check()
	set, add := request(name+"set"), request(name+"add")
	if _, err := store.Idempotent(set).Set(w.ctx(), 1, kv.Key(name+"set"), kv.Value(`"twice"`), kv.SetOptions{}); err != nil || !set.Replayed {
		w.t.Errorf("the set with the same idempotency key applies again (%v)", err)
	}
	if n, err := store.Idempotent(add).Incr(w.ctx(), 1, kv.Key(name+"add"), 7, 0); err != nil || n != 7 || !add.Replayed {
		w.t.Errorf("the increment with the same idempotency key applies again: %d, %v", n, err)
	}
	check()
	if got := refused(w.ctx(), w.as("", ""), "GET a"); !strings.HasPrefix(got, "NOAUTH") {
		w.t.Errorf("without a login GET is answered with %q", got)
	}
}

// enableAgain makes a new engine, as a new process would, and enables it.
func (w *world) enableAgain(s engine.Settings) kv.Store {
	w.t.Helper()
	w.restart()
	return w.enable(provisioned(s))
}

func (w *world) disable(store kv.Store) {
	w.t.Helper()
	_ = store.Close()
	if err := w.engine.Disable(w.ctx()); err != nil {
		w.t.Fatalf("Disable: %v", err)
	}
}

// TestTransactionsOutliveTheServer ends the server in every way: what scripts and transactions wrote is kept, and the
// same idempotency key does not apply again.
func TestTransactionsOutliveTheServer(t *testing.T) {
	for _, reference := range podmantest.DebianImages() {
		t.Run(reference, func(t *testing.T) {
			w := newWorld(t)
			s := settings(w.DebianImage(reference))
			store := w.enable(s)
			for _, tt := range []struct {
				name string
				end  func()
			}{
				{"disable", func() { w.disable(store) }},
				{"container killed", func() { w.Podman("kill", w.Podman("ps", "-q")) }},
				{"server killed", func() { w.signal(w.Podman("ps", "-q"), syscall.SIGKILL) }},
				{"container restarted", func() { w.Podman("restart", "-t", "5", w.Podman("ps", "-q")) }},
				{"container removed", func() { w.Podman("rm", "-f", "-t", "0", w.Podman("ps", "-q")) }},
				{"another process", func() {}},
				{"machine", w.Reboot},
			} {
				w.inTransactions(store, tt.name)
				tt.end()
				_ = store.Close()
				store = w.enableAgain(s)
				w.expectTransactions(store, tt.name)
				if t.Failed() {
					t.Fatalf("after: %s", tt.name)
				}
			}
			w.expectOne()
		})
	}
}

// TestTransactionsOutliveAnUpdate updates from image to image.
func TestTransactionsOutliveAnUpdate(t *testing.T) {
	w := newWorld(t)
	at := settings(w.DebianImage(podmantest.Redis60))
	store := w.enable(at)
	for _, reference := range []string{podmantest.Redis70, podmantest.Valkey81} {
		w.inTransactions(store, reference)
		to := settings(w.DebianImage(reference))
		next, _, err := w.update(store, at, to)
		if err != nil {
			t.Fatal(err)
		}
		w.confirm()
		w.expectTransactions(next, reference)
		w.expectOne()
		w.disable(next)
		store, at = w.enableAgain(to), to
		w.expectTransactions(store, reference)
	}
	w.expectOne()
}

// TestServerOfAnEarlierTempskv checks that a container whose default user has no permissions is replaced without losing
// anything.
func TestServerOfAnEarlierTempskv(t *testing.T) {
	for _, reference := range []string{podmantest.Redis60, podmantest.Redis70, podmantest.Redis80, podmantest.Valkey81} {
		for _, tt := range []struct {
			name string
			end  func(w *world, store kv.Store)
		}{
			{"runs", func(*world, kv.Store) {}},
			{"disabled", func(w *world, store kv.Store) { w.disable(store) }},
			{"killed", func(w *world, _ kv.Store) { w.Podman("kill", w.Podman("ps", "-q")) }},
			{"paused", func(w *world, _ kv.Store) { w.Podman("pause", w.Podman("ps", "-q")) }},
			{"hangs", func(w *world, _ kv.Store) { w.signal(w.Podman("ps", "-q"), syscall.SIGSTOP) }},
			{"removed", func(w *world, _ kv.Store) { w.Podman("rm", "-f", "-t", "0", w.Podman("ps", "-q")) }},
			{"machine", func(w *world, _ kv.Store) { w.Reboot() }},
		} {
			if reference != podmantest.Redis70 && tt.name != "runs" && tt.name != "disabled" {
				continue // the behaviour of podman does not depend on the version
			}
			t.Run(reference+" "+tt.name, func(t *testing.T) {
				w := newWorld(t)
				s := settings(w.DebianImage(reference))
				over := w.earlier()
				store := w.enable(s)
				if rules := w.as("admin", w.passwords().Admin).Do(w.ctx(), "ACL", "LIST").String(); !regexp.MustCompile(`user default off [^~]*-@all`).MatchString(rules) {
					t.Fatalf("the default user has permissions: %s", rules)
				}
				if addr := w.addr(); !strings.HasPrefix(addr, "127.0.0.1:") {
					t.Fatalf("the server is at %s", addr)
				}
				want := w.fill(store, 1000)
				w.inTransactions(store, "a")
				tt.end(w, store)
				_ = store.Close()
				over()
				store = w.enableAgain(s)
				if addr := w.addr(); !strings.HasPrefix(addr, "/") {
					t.Errorf("the server is at %s", addr)
				}
				w.expectTransactions(store, "a")
				if got := w.digest(store, 1000); got != want {
					t.Error("the keys are not what they were")
				}
				w.inTransactions(store, "b")
				w.disable(store)
				store = w.enableAgain(s)
				w.expectTransactions(store, "a")
				w.expectTransactions(store, "b")
				w.expectOne()
			})
		}
	}
}

// TestWhatAnEarlierServerDroppedStaysDropped has a server that lost transactions at a start, and has applied some of them
// again since: the content of its memory counts, not that of its append-only file, which still has both.
func TestWhatAnEarlierServerDroppedStaysDropped(t *testing.T) {
	w := newWorld(t)
	s := settings(w.DebianImage(podmantest.Redis70))
	over := w.earlier()
	store := w.enable(s)
	w.inTransactions(store, "a")
	w.disable(store)
	store = w.enable(provisioned(s))
	if v, err := store.Get(w.ctx(), 1, "aadd"); v != nil || err != nil {
		t.Fatalf("the earlier server keeps transactions: %s, %v", v, err)
	}
	w.inTransactions(store, "a")
	_ = store.Close()
	over()
	store = w.enableAgain(s)
	w.expectTransactions(store, "a")
	w.disable(store)
	w.expectTransactions(w.enableAgain(s), "a")
}

// TestEarlierServerWithoutPersistence checks that the keys in memory are kept in the replacement, and lost as before when
// it is turned off.
func TestEarlierServerWithoutPersistence(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	s.Persistence = false
	over := w.earlier()
	store := w.enable(s)
	want := w.fill(store, 100)
	w.inTransactions(store, "a")
	_ = store.Close()
	over()
	store = w.enableAgain(s)
	w.expectTransactions(store, "a")
	if got := w.digest(store, 100); got != want {
		t.Error("the keys are not what they were")
	}
	w.disable(store)
	if ids, err := w.enableAgain(s).ProjectIDs(w.ctx()); err != nil || len(ids) > 0 {
		t.Errorf("without persistence, after disable and enable: projects %v, %v", ids, err)
	}
}

// TestEarlierServerKilledAtAnyStep kills the process that replaces the container of an earlier tempskv.
func TestEarlierServerKilledAtAnyStep(t *testing.T) {
	for _, persistence := range []bool{true, false} {
		t.Run(fmt.Sprint("persistence ", persistence), func(t *testing.T) { newWorld(t).testEarlierKilled(t, persistence) })
	}
}

func (w *world) testEarlierKilled(t *testing.T, persistence bool) {
	s := settings(w.HostImage())
	s.Persistence = persistence
	for step := 1; ; step++ {
		over := w.earlier()
		store := w.enable(s)
		w.inTransactions(store, "a")
		_ = store.Close()
		over()
		name := w.kill(victim{From: provisioned(s), Step: step})
		if name == "" {
			break
		}
		t.Logf("killed before: %s", name)
		store = w.enableAgain(s)
		w.expectTransactions(store, "a")
		_ = store.Close()
		w.expectOne()
		if err := w.engine.Purge(w.ctx()); err != nil {
			t.Fatal(err)
		}
	}
}
