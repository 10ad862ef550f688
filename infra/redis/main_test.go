// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/tempskv/tempskv/infra/redis"
)

// TestMain silences go-redis, which would log many errors in these tests.
func TestMain(m *testing.M) {
	redis.LogTo(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
