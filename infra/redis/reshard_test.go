// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestReshard moves slots between the servers of a Cluster while clients count, scan, and use many keys at once.
func TestReshard(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false)
	for _, way := range coalescing {
		t.Run(way.name, func(t *testing.T) { // one after the other: both move the same slots
			way.URL = "redis://" + c.Masters[0].Addr // a plain URL: the Cluster is recognised
			s := open(t, way.Config)
			keys, entries := stay(t, s)
			clients := startCrowd(t, s, patience, 0)
			moved := make(chan struct{})
			scanned := make(chan map[kv.Key]bool)
			go func() { scanned <- scanUntil(t, s, moved) }()
			go multi(t, s, keys, entries, moved)
			for i := range 16 {
				c.MoveKey(fmt.Sprint("kv:p1:n", i))
				c.MoveKey(fmt.Sprint("kv:p2:k", i))
			}
			close(moved)
			missed := <-scanned
			for key := range missed {
				t.Errorf("a scan did not bring %q, which was there throughout", key)
			}
			clients.progress(100)
			clients.check()
			if err := s.DeleteProject(t.Context(), 1); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSlowRedirection has a server whose rejections come late, as on a machine that is very busy: the other server, which it
// names, gets the commands all the same.
func TestSlowRedirection(t *testing.T) {
	t.Parallel()
	for _, redirection := range []string{"MOVED", "ASK"} {
		for _, way := range coalescing {
			t.Run(redirection+" "+way.name, func(t *testing.T) {
				t.Parallel()
				nodes := newFakeCluster(t, 2, func(string, int) string { return ":1\r\n" })
				nodes[0].behave = func(string, int) string {
					time.Sleep(800 * time.Millisecond)
					return fmt.Sprintf("-%s 1 %s\r\n", redirection, nodes[1].addr)
				}
				way.URL = "redis://" + nodes[1].addr
				s := open(t, way.Config)
				if n, err := s.Exists(t.Context(), 1, []kv.Key{"k1", "k2", "k3"}); n != 3 || err != nil {
					t.Errorf("Exists = %d, %v, want 3", n, err)
				}
				if n, err := s.Del(t.Context(), 1, []kv.Key{"k1", "k2", "k3"}); n != 3 || err != nil {
					t.Errorf("Del = %d, %v, want 3", n, err)
				}
				if len(nodes[0].runs) > 0 {
					t.Errorf("the server that rejects all ran %v", nodes[0].runs)
				}
			})
		}
	}
}

// stay stores keys of project 2, all of different slots.
func stay(t *testing.T, s *redis.Store) ([]kv.Key, []kv.Entry) {
	t.Helper()
	keys, entries := make([]kv.Key, 200), make([]kv.Entry, 200)
	for i := range keys {
		keys[i] = kv.Key(fmt.Sprint("k", i))
		entries[i] = kv.Entry{Key: keys[i], Value: kv.Value(fmt.Sprint(i)), TTL: time.Duration(i%2) * time.Hour}
	}
	if err := s.MSet(t.Context(), 2, entries); err != nil {
		t.Fatal(err)
	}
	return keys, entries
}

// scanUntil scans project 2 repeatedly until the end, and returns the keys that some scan did not return.
func scanUntil(t *testing.T, s *redis.Store, end <-chan struct{}) map[kv.Key]bool {
	missed := map[kv.Key]bool{}
	for {
		came := map[kv.Key]bool{}
		for cursor, n := kv.Cursor(""), 0; n == 0 || cursor != ""; n++ {
			page, err := s.Scan(t.Context(), 2, "", cursor, 10)
			if err != nil {
				t.Errorf("Scan: %v", err)
				return missed
			}
			for _, key := range page.Keys {
				came[key] = true
			}
			cursor = page.Cursor
		}
		for i := range 200 {
			if key := kv.Key(fmt.Sprint("k", i)); !came[key] {
				missed[key] = true
			}
		}
		select {
		case <-end:
			return missed
		default:
		}
	}
}

// multi uses many keys at once until the end.
func multi(t *testing.T, s *redis.Store, keys []kv.Key, entries []kv.Entry, end <-chan struct{}) {
	for {
		select {
		case <-end:
			return
		default:
		}
		if err := s.MSet(t.Context(), 2, entries); err != nil && !errors.Is(err, kv.ErrOutcomeUnknown) {
			t.Errorf("MSet: %v", err)
		}
		values, err := s.MGet(t.Context(), 2, keys)
		if err != nil {
			t.Errorf("MGet: %v", err)
			continue
		}
		for i, v := range values {
			if string(v) != string(entries[i].Value) {
				t.Errorf("MGet: key %s = %s, want %s", keys[i], v, entries[i].Value)
			}
		}
		if n, err := s.Exists(t.Context(), 2, keys); n != int64(len(keys)) || err != nil {
			t.Errorf("Exists = %d, %v, want %d", n, err, len(keys))
		}
	}
}
