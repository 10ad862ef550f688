// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestLongValuesAreMeasured has many callers read values at once that are too long for a pipeline, and that the store has not
// seen before: few of them are sent in vain.
func TestLongValuesAreMeasured(t *testing.T) {
	t.Parallel()
	const callers = 100
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true}), server.Client()
	long := strings.Repeat("1", 2<<20)
	for i := range callers {
		if err := c.Set(t.Context(), fmt.Sprintf("kv:p1:k%d", i), long, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			if v, err := s.Get(t.Context(), 1, kv.Key(fmt.Sprint("k", i))); string(v) != long || err != nil {
				t.Errorf("a value of %d bytes: %d, %v", len(long), len(v), err)
			}
		})
	}
	all.Wait()
	var gets int
	stats := c.Info(t.Context(), "commandstats").Val()
	if _, err := fmt.Sscanf(stats[strings.Index(stats, "cmdstat_get:"):], "cmdstat_get:calls=%d", &gets); err != nil {
		t.Fatal(err)
	}
	if vain := gets - callers; vain < 1 || vain > 8 {
		t.Errorf("%d of %d values were sent in vain, want 1 to 8", vain, gets)
	}
}
