// SPDX-License-Identifier: Apache-2.0

package podman_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/tempskv/tempskv/infra/redis"
)

func TestMain(m *testing.M) {
	redis.LogTo(slog.New(slog.DiscardHandler)) // servers are killed here, and go-redis would tell of each
	os.Exit(m.Run())
}
