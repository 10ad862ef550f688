// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/infra/control/controltest"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func open(tb testing.TB, url string, cfg control.Config) *control.Store {
	tb.Helper()
	cfg.Redis = redis.Config{URL: url}
	s, err := control.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// databases returns what makes an empty database of one server each time.
func databases(t *testing.T) func() (url string) {
	server := redistest.Start(t, "--databases", "100")
	var n atomic.Int32
	return func() string { return fmt.Sprintf("%s/%d", server.URL, n.Add(1)) }
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]control.Config{"following": {}, "on use": {OnUse: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next := databases(t)
			controltest.Run(t, func(t *testing.T) func() controltest.Control {
				url := next()
				return func() controltest.Control { return open(t, url, cfg) }
			})
		})
	}
}
