// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// panics is a hook that panics once commands were written.
type panics struct{}

func (panics) DialHook(next goredis.DialHook) goredis.DialHook          { return next }
func (panics) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook { return next }
func (panics) ProcessPipelineHook(goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(_ context.Context, cmds []goredis.Cmder) error {
		_ = cmds[0].Args()
		panic("after the write")
	}
}

// TestPanicIsAnError checks that a command without a reply has none, also if it was written before a panic.
func TestPanicIsAnError(t *testing.T) {
	t.Parallel()
	n := &single{Client: goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:1"})}
	defer n.Client.Close()
	n.AddHook(stageHook{})
	n.AddHook(panics{})
	s := newStore(n, Config{Coalesce: true, MaxQueued: 10, Timeout: time.Second, MaxAnswer: 1 << 20})
	if sum, err := s.Incr(t.Context(), 1, "k", 5, 0); err == nil {
		t.Errorf("incr: %d", sum)
	}
	if value, err := s.Get(t.Context(), 1, "k"); err == nil {
		t.Errorf("get: %q", value)
	}
}
