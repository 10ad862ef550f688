// SPDX-License-Identifier: Apache-2.0

package redistest_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func TestServer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	c := s.Client()
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := c.Ping(t.Context()).Err(); err == nil {
		t.Error("a killed server answers")
	}
	s.Restart()
	if got, err := c.Get(t.Context(), "k").Result(); got != "v" || err != nil {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	unix := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Socket})
	defer unix.Close()
	if err := unix.Ping(t.Context()).Err(); err != nil {
		t.Errorf("over the socket: %v", err)
	}
}

func TestStopCont(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	c := s.Client()
	s.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Ping(t.Context()).Err() }()
	select {
	case err := <-done:
		t.Errorf("a frozen server answered: %v", err)
	case <-ctx.Done():
	}
	s.Cont()
	if err := <-done; err != nil {
		t.Errorf("after SIGCONT: %v", err)
	}
}

func TestSentinelFailsOver(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t)
	s.FailOverSoon()
	if got := s.Current(); got != s.Master {
		t.Fatalf("the master is %s at first, want %s", got.Addr, s.Master.Addr)
	}
	s.Master.Kill()
	if got := s.Current(); got != s.Replica {
		t.Errorf("the master is %s after the failover, want %s", got.Addr, s.Replica.Addr)
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, true)
	slot := c.Slot("k")
	from := c.Owner(slot)
	if err := from.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	to := c.Masters[0]
	if to == from {
		to = c.Masters[1]
	}
	c.MoveSlot(slot, from, to)
	if got, err := to.Client().Get(t.Context(), "k").Result(); got != "v" || err != nil {
		t.Errorf("after the move: %q, %v", got, err)
	}
}
