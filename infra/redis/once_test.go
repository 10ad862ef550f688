// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// TestOnce makes many calls at servers that cut and stall their connections, and counts: no call is ever run twice, each
// that was answered ran, and each that ran without an answer has an unknown outcome.
func TestOnce(t *testing.T) {
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
				testOnce(t, c.nodes, c.Config, fault.answer)
			})
		}
	}
}

// faults are what the servers of TestOnce do, some only in a Cluster.
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

// faulty is what an answer is made of.
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

func testOnce(t *testing.T, nodes int, c redis.Config, answer func(f *faulty) string) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	f := &faulty{rand: rand.New(rand.NewPCG(1, 2)), nowhere: closed.Addr().String()}
	var mu sync.Mutex
	behave := func(string, int) string {
		mu.Lock()
		defer mu.Unlock()
		return answer(f)
	}
	var fakes []*fake
	if nodes == 1 {
		fakes = []*fake{newFake(t, behave)}
	} else {
		fakes = newFakeCluster(t, nodes, behave)
	}
	f.other = fakes[nodes-1].addr
	c.URL, c.Timeout = "redis://"+fakes[0].addr, 200*time.Millisecond
	acked, unknown, not := increments(t, open(t, c))
	runs := ran(fakes...)
	for line, n := range runs {
		if n > 1 {
			t.Errorf("%q ran %d times", line, n)
		}
		if not[line] {
			t.Errorf("%q ran, and its caller was told that it was not sent", line)
		}
		if !acked[line] && !unknown[line] && !not[line] {
			t.Errorf("%q ran and nobody sent it", line)
		}
	}
	for line := range acked {
		if runs[line] != 1 {
			t.Errorf("%q was acknowledged and ran %d times", line, runs[line])
		}
	}
	t.Logf("%d acknowledged, %d unknown, %d not sent, %d runs", len(acked), len(unknown), len(not), len(runs))
}

// increments makes calls side by side, each different from all others, and returns their command lines by outcome.
func increments(t *testing.T, s *redis.Store) (acked, unknown, not map[string]bool) {
	acked, unknown, not = map[string]bool{}, map[string]bool{}, map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 20 {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
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
