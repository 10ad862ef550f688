// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// TestOwnReply has many callers at a time, half of whom leave soon, and a server that ends connections: each caller that gets a reply
// gets the one to its own command.
func TestOwnReply(t *testing.T) {
	t.Parallel()
	for _, coalesce := range []bool{true, false} {
		t.Run(fmt.Sprintf("coalesced %t", coalesce), func(t *testing.T) {
			t.Parallel()
			var answered atomic.Int64
			fake := newFake(t, func(line string, _ int) string {
				if answered.Add(1)%40 == 0 {
					return cut
				}
				switch words := strings.Fields(line); words[0] {
				case "get":
					return bulk(words[1])
				case "incrby":
					return ":" + words[2] + "\r\n"
				}
				return ":1\r\n"
			})
			s := open(t, redis.Config{URL: "redis://" + fake.addr, Timeout: time.Second, Coalesce: coalesce})
			var replies atomic.Int64
			var all sync.WaitGroup
			for caller := range 24 {
				all.Go(func() {
					random := rand.New(rand.NewPCG(uint64(caller), 1))
					for i := range 40 {
						ctx, leave := context.WithTimeout(t.Context(), 3*time.Second)
						if random.IntN(2) == 0 {
							time.AfterFunc(time.Duration(random.IntN(1000))*time.Microsecond, leave)
						}
						replies.Add(askBoth(ctx, t, s, kv.ProjectID(caller+1), i))
						leave()
					}
				})
			}
			all.Wait()
			if replies.Load() == 0 {
				t.Error("nobody got a reply")
			}
		})
	}
}

// askBoth reads one key and adds to another one, and returns how many replies there were.
func askBoth(ctx context.Context, t *testing.T, s *redis.Store, p kv.ProjectID, i int) (replies int64) {
	key, amount := kv.Key(fmt.Sprintf("k%d", i)), 1000*int64(p)+int64(i)
	if value, err := s.Get(ctx, p, key); err == nil {
		replies++
		if want := fmt.Sprintf(`"kv:p%d:%s"`, p, key); string(value) != want {
			t.Errorf("get: %s, want %s", value, want)
		}
	}
	if sum, err := s.Incr(ctx, p, "sum", amount, 0); err == nil {
		replies++
		if sum != amount {
			t.Errorf("incr: %d, want %d", sum, amount)
		}
	}
	return replies
}
