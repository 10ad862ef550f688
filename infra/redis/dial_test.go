// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// Addresses that a Sentinel names are checked too, since it may belong to someone else: the URL itself is fine.
func TestSentinelsThatNameALinkLocalAddress(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(file, []byte("sentinel monitor m 169.254.169.254 80 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := redistest.Start(t, file, "--sentinel")
	_, err := redis.Open(t.Context(), patient(redis.Config{URL: "redis://" + sentinel.Addr + "?sentinel=m"}))
	var refusal *kv.Refusal
	if !errors.As(err, &refusal) || refusal.Kind != kv.ErrInvalid || !strings.Contains(refusal.Detail, "169.254.169.254 is a link-local") {
		t.Errorf("got %v", err)
	}
}
