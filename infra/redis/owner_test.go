// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// marked returns the mark without the run of the server.
func marked(t *testing.T, s kv.Claimer) kv.Mark {
	t.Helper()
	m, err := s.Mark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.Run = ""
	return m
}

func TestMark(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.Client()
	s := open(t, redis.Config{URL: server.URL})
	first, lost := kv.Mark{Owner: "first"}, kv.Mark{Owner: "first", Emptied: true}
	for _, step := range []struct{ before, after, want kv.Mark }{
		{kv.Mark{}, lost, lost},
		{kv.Mark{}, kv.Mark{Owner: "second"}, lost},
		{first, kv.Mark{Owner: "second"}, lost},
		{lost, first, first},
		{lost, kv.Mark{Owner: "second"}, first},
	} {
		got, err := s.Claim(t.Context(), step.before, step.after)
		if got.Run == "" || got.Unsaved == 0 || got.Flushes != 0 {
			t.Errorf("of the server there is known: %+v", got)
		}
		got.Run, got.Unsaved = "", 0
		if diff := cmp.Diff(step.want, got); diff != "" || err != nil {
			t.Errorf("%+v for %+v: %v %s", step.after, step.before, err, diff)
		}
	}
	if got := client.Get(t.Context(), redis.OwnerKey).Val(); got != "first" {
		t.Errorf("the mark is %q", got)
	}
	if left := client.TTL(t.Context(), redis.OwnerKey).Val(); left != -1 {
		t.Errorf("the mark goes in %v", left)
	}
	holds := func(want bool) {
		t.Helper()
		if got, err := s.HoldsKeys(t.Context()); got != want || err != nil {
			t.Errorf("HoldsKeys: %t, %v; want %t", got, err, want)
		}
	}
	client.Set(t.Context(), "kv:pages", "another application's", 0)
	holds(false)
	client.Set(t.Context(), "kv:p7:a", "1", 0)
	holds(true)
}

// TestMarkAndServer empties databases of the server, and saves what it holds.
func TestMarkAndServer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.Client()
	s := open(t, redis.Config{URL: server.URL})
	mark := func() kv.Mark {
		t.Helper()
		m, err := s.Mark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for n, flush := range []string{"flushdb", "flushall", "swapdb 0 1"} {
		var args []any
		for word := range strings.FieldsSeq(flush) {
			args = append(args, word)
		}
		if err := client.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
		if got := mark().Flushes; got != int64(n+1) {
			t.Errorf("after %s: %d, want %d", flush, got, n+1)
		}
	}
	client.Save(t.Context())
	client.Set(t.Context(), "kv:p1:a", "1", 0)
	if got := mark().Unsaved; got != 1 {
		t.Errorf("%d changes are not saved, want 1", got)
	}
	client.Save(t.Context())
	if got := mark().Unsaved; got != 0 {
		t.Errorf("%d changes are not saved, want 0", got)
	}
	client.ConfigSet(t.Context(), "appendonly", "yes")
	client.Set(t.Context(), "kv:p1:a", "2", 0)
	if got := mark().Unsaved; got != 0 {
		t.Errorf("with an AOF %d changes are not saved, want 0", got)
	}
}

// TestMarkOnce marks a database many times concurrently: one succeeds, and all see which.
func TestMarkOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL})
	var seen sync.Map
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			m, err := s.Claim(t.Context(), kv.Mark{}, kv.Mark{Owner: fmt.Sprint("owner", i)})
			if err != nil {
				t.Error(err)
			}
			seen.Store(m.Owner, true)
		})
	}
	all.Wait()
	n := 0
	seen.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d owners", n)
	}
}

func TestMarkOutOfReach(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.Client()
	for name, rules := range map[string]string{"projects": "~kv:p*", "reader": "%R~kv:*"} {
		if err := client.Do(t.Context(), "acl", "setuser", name, "on", ">secret", rules, "+@all").Err(); err != nil {
			t.Fatal(err)
		}
	}
	as := func(user string) *redis.Store {
		return open(t, redis.Config{URL: strings.Replace(server.URL, "://", "://"+user+":secret@", 1)})
	}
	s := as("projects")
	if got := marked(t, s); !got.Hidden {
		t.Errorf("got %+v", got)
	}
	s.Guard("somebody") // a user that cannot read the mark is accepted
	if _, err := s.Set(t.Context(), 1, "k", kv.Value("1"), kv.SetOptions{}); err != nil {
		t.Error(err)
	}
	s = as("reader")
	if got, err := s.Claim(t.Context(), kv.Mark{}, kv.Mark{Owner: "me"}); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("marked by who may only read: %+v, %v", got, err)
	}
	client.ConfigSet(t.Context(), "maxmemory", "1")
	full := open(t, redis.Config{URL: server.URL})
	if got, err := full.Claim(t.Context(), kv.Mark{}, kv.Mark{Owner: "me"}); !errors.Is(err, kv.ErrOutOfMemory) {
		t.Errorf("marked in a full database: %+v, %v", got, err)
	}
}

// TestGuard puts other databases at the address of a store: no call is sent to one.
func TestGuard(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			client := server.Client()
			c.URL = server.URL
			s := open(t, c.Config)
			if _, err := s.Claim(t.Context(), kv.Mark{}, kv.Mark{Owner: "me"}); err != nil {
				t.Fatal(err)
			}
			s.Guard("me")
			incr := func() error { _, err := s.Incr(t.Context(), 1, "n", 1, 0); return err }
			if err := incr(); err != nil {
				t.Fatal(err)
			}
			mget := func() error { _, err := s.MGet(t.Context(), 1, []kv.Key{"n", "m"}); return err }
			for _, mark := range []string{"other", "", "me emptied"} {
				client.Set(t.Context(), redis.OwnerKey, "me", 0)
				for range 3 { // so that their values are known as short
					eventually(t, "keys to be read", func() bool { return mget() == nil })
				}
				server.Restart()
				if mark != "" {
					client.Set(t.Context(), redis.OwnerKey, mark, 0)
				}
				for range 20 {
					if err := mget(); !errors.Is(err, kv.ErrUnavailable) {
						t.Errorf("mark %q: MGet: %v", mark, err)
					}
					if err := incr(); !errors.Is(err, kv.ErrUnavailable) {
						t.Errorf("mark %q: Incr: %v", mark, err)
					}
				}
				if n := client.Exists(t.Context(), "kv:p1:n").Val(); n != 0 {
					t.Errorf("mark %q: the call was applied", mark)
				}
				select {
				case <-s.Doubts():
				default:
					t.Errorf("mark %q: it is not reported", mark)
				}
				_, err := s.Import(t.Context(), []kv.Record{{Project: 1, Key: "k", Text: []byte("1")}})
				if refills := mark != "other"; (err == nil) != refills {
					t.Errorf("mark %q: Import: %v", mark, err)
				}
				if _, err := s.Probe(t.Context()); err != nil {
					t.Errorf("mark %q: Probe: %v", mark, err)
				}
				if got := marked(t, s).Owner; !strings.HasPrefix(mark, got) {
					t.Errorf("mark %q: Mark: %q", mark, got)
				}
			}
			client.Set(t.Context(), redis.OwnerKey, "me", 0)
			if err := incr(); err != nil {
				t.Errorf("with the mark again: %v", err)
			}
		})
	}
}

// TestGuardCluster has each server of a Cluster ask the one that holds the mark.
func TestGuardCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false)
	s := open(t, redis.Config{URL: cluster.URL})
	if _, err := s.Claim(t.Context(), kv.Mark{}, kv.Mark{Owner: "me"}); err != nil {
		t.Fatal(err)
	}
	for _, guarded := range []struct {
		owner string
		want  error
	}{{"me", nil}, {"other", kv.ErrUnavailable}} {
		s := open(t, redis.Config{URL: cluster.URL})
		s.Guard(guarded.owner)
		for _, master := range cluster.Masters { // connections from before
			master.Client().ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes")
		}
		for i := range 100 { // in the slots of every server
			eventually(t, "a call to end as it should", func() bool {
				_, err := s.Incr(t.Context(), 1, kv.Key(fmt.Sprint("k", i)), 1, 0)
				return err == nil && guarded.want == nil || err != nil && errors.Is(err, guarded.want)
			})
		}
	}
}

func TestGuardSentinel(t *testing.T) {
	t.Parallel()
	group := redistest.StartSentinel(t)
	s := open(t, redis.Config{URL: group.URL})
	if _, err := s.Claim(t.Context(), kv.Mark{}, kv.Mark{Owner: "me"}); err != nil {
		t.Fatal(err)
	}
	for owner, want := range map[string]error{"me": nil, "other": kv.ErrUnavailable} {
		s := open(t, redis.Config{URL: group.URL})
		s.Guard(owner)
		group.Master.Client().ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes")
		eventually(t, "the connection to be made again", func() bool {
			_, err := s.Incr(t.Context(), 1, "n", 1, 0)
			return err == nil && want == nil || err != nil && errors.Is(err, want)
		})
	}
}
