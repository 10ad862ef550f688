// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestSentOnce makes many calls to servers that cut and stall their connections, and counts: no call is ever run
// twice, each that was acknowledged ran, and each that ran without an answer has an unknown outcome.
func TestSentOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		for _, c := range []struct {
			name  string
			nodes int
			redis.Config
		}{
			{"one node, coalesced", 1, redis.Config{Coalesce: true}},
			{"one node, plain", 1, redis.Config{}},
			{"cluster, coalesced", 2, redis.Config{Coalesce: true}},
			{"cluster, plain", 2, redis.Config{}},
		} {
			if c.nodes == 1 && fault.cluster {
				continue
			}
			t.Run(fault.name+", "+c.name, func(t *testing.T) {
				t.Parallel()
				t.Run("one key", func(t *testing.T) { testSentOnce(t, c.nodes, c.Config, fault.answer) })
				t.Run("many keys", func(t *testing.T) { testSentOnceMany(t, c.nodes, c.Config, fault.answer) })
			})
		}
	}
}

// faults are what the servers of TestSentOnce do, some only in a Cluster.
var faults = []struct {
	name    string
	cluster bool
	answer  func(f *faulty) string
}{
	{"cut", false, func(f *faulty) string { return f.seldom(cut) }},
	{"cut before", false, func(f *faulty) string { return f.seldom(cutBefore) }},
	{"stall", false, func(f *faulty) string { return f.seldom(stall) }},
	{"loading", false, func(f *faulty) string { return f.often("-LOADING Redis is loading\r\n") }},
	{"loading and cut", false, func(f *faulty) string {
		return cmp.Or(f.seldom(cut), f.often("-LOADING Redis is loading\r\n"))
	}},
	{"read-only and stall", false, func(f *faulty) string {
		return cmp.Or(f.seldom(stall), f.often("-READONLY replica\r\n"))
	}},
	{"try again", false, func(f *faulty) string { return f.often("-TRYAGAIN multiple keys\r\n") }},
	{"moved", true, func(f *faulty) string { return f.often("-MOVED 1 " + f.other + "\r\n") }},
	{"moved and cut", true, func(f *faulty) string {
		return cmp.Or(f.seldom(cut), f.often("-MOVED 1 "+f.other+"\r\n"))
	}},
	{"ask and cut", true, func(f *faulty) string {
		return cmp.Or(f.seldom(cut), f.often("-ASK 1 "+f.other+"\r\n"))
	}},
	{"moved to nowhere", true, func(f *faulty) string { return f.seldom("-MOVED 1 " + f.nowhere + "\r\n") }},
}

// faulty is what an answer depends on.
type faulty struct {
	rand           *rand.Rand
	other, nowhere string
}

// seldom returns the text for one call of sixteen, often for one of three.
func (f *faulty) seldom(text string) string { return f.maybe(text, 16) }
func (f *faulty) often(text string) string  { return f.maybe(text, 3) }

func (f *faulty) maybe(text string, n int) string {
	if f.rand.IntN(n) > 0 {
		return ""
	}
	return text
}

// openFaulty opens a store over that many servers with such answers.
func openFaulty(t *testing.T, nodes int, c redis.Config, answer func(f *faulty) string) (*redis.Store, []*fake) {
	t.Helper()
	f := &faulty{rand: rand.New(rand.NewPCG(1, 2)), nowhere: fmt.Sprintf("127.0.0.1:%d", redistest.ReservePort(t))}
	var mu sync.Mutex
	behave := func(string, int) string {
		mu.Lock()
		defer mu.Unlock()
		return answer(f)
	}
	fakes := []*fake{newFake(t, behave)}
	if nodes > 1 {
		fakes = newFakeCluster(t, nodes, behave)
	}
	f.other = fakes[nodes-1].addr
	c.URL, c.Timeout = "redis://"+fakes[0].addr, time.Second
	return open(t, c), fakes
}

func testSentOnce(t *testing.T, nodes int, c redis.Config, answer func(f *faulty) string) {
	s, fakes := openFaulty(t, nodes, c, answer)
	acked, unknown, not := increments(t, s)
	runs := ran(fakes...)
	for line, n := range runs {
		if n > 1 {
			t.Errorf("%q ran %d times", line, n)
		}
		if not[line] {
			t.Errorf("%q ran, and its caller was told that it was not sent", line)
		}
		if !acked[line] && !unknown[line] && !not[line] {
			t.Errorf("%q ran although no caller sent it", line)
		}
	}
	for line := range acked {
		if runs[line] != 1 {
			t.Errorf("%q was acknowledged and ran %d times", line, runs[line])
		}
	}
	t.Logf("%d acknowledged, %d unknown, %d not sent, %d runs", len(acked), len(unknown), len(not), len(runs))
}

// increments makes calls concurrently, each different from all others, and returns their command lines by outcome.
func increments(t *testing.T, s *redis.Store) (acked, unknown, not map[string]bool) {
	acked, unknown, not = map[string]bool{}, map[string]bool{}, map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 20 {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				key, amount := kv.Key(fmt.Sprint("k", g, ".", i)), int64(100*g+i)
				_, err := s.Incr(ctx, 1, key, amount, 0)
				cancel()
				line := fmt.Sprintf("incrby kv:p1:%s %d", key, amount)
				mu.Lock()
				switch {
				case err == nil:
					acked[line] = true
				case errors.Is(err, kv.ErrOutcomeUnknown):
					unknown[line] = true
				case errors.Is(err, kv.ErrUnavailable), errors.Is(err, kv.ErrTimeout):
					not[line] = true
				default:
					t.Errorf("%s: %v", line, err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return acked, unknown, not
}

// testSentOnceMany deletes many keys at once, which takes a command for each slot of a Cluster.
func testSentOnceMany(t *testing.T, nodes int, c redis.Config, answer func(f *faulty) string) {
	s, fakes := openFaulty(t, nodes, c, answer)
	outcomes := make([]error, 64)
	keysOf := func(i int) (keys []kv.Key) {
		for k := range 8 {
			keys = append(keys, kv.Key(fmt.Sprint("k", i, ".", k)))
		}
		return keys
	}
	var wg sync.WaitGroup
	for i := range outcomes {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, outcomes[i] = s.Del(ctx, 1, keysOf(i))
		})
	}
	wg.Wait()
	runs := map[string]int{} // of each key
	for line, n := range ran(fakes...) {
		for key := range strings.SplitSeq(strings.TrimPrefix(line, "del "), " ") {
			runs[key] += n
		}
	}
	for i, err := range outcomes {
		for _, key := range keysOf(i) {
			n := runs["kv:p1:"+string(key)]
			switch {
			case n > 1:
				t.Errorf("%q was deleted %d times", key, n)
			case err == nil && n == 0:
				t.Errorf("%q was not deleted, and the call acknowledged", key)
			case err != nil && !errors.Is(err, kv.ErrOutcomeUnknown) && n > 0:
				t.Errorf("%q was deleted, and the call ended in %v", key, err)
			}
		}
	}
}
