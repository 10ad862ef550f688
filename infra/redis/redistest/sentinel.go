// SPDX-License-Identifier: Apache-2.0

package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// MasterName is the name under which the Sentinels of a test know their master.
const MasterName = "mymaster"

// Sentinel is a master with one replica, watched by three Sentinels. They fail over within about a second after
// FailOverSoon, and otherwise not during a test, however busy the machine is.
type Sentinel struct {
	Master, Replica *Server // as they were at the start
	Sentinels       []*Server
	Addrs           []string // of the Sentinels
	URL             string   // as redis.Open takes it

	tb testing.TB
}

// StartSentinel starts master, replica and Sentinels; args are those of master and replica.
func StartSentinel(tb testing.TB, args ...string) *Sentinel {
	tb.Helper()
	args = append(replication[:len(replication):len(replication)], args...)
	s := &Sentinel{tb: tb, Master: Start(tb, args...)}
	s.Replica = Start(tb, append(args[:len(args):len(args)], "--replicaof", "127.0.0.1 "+s.Master.Port())...)
	awaitStep(s.Master, s.Replica)
	for range 3 {
		one := Start(tb, sentinelFile(tb, s.Master.Port()), "--sentinel")
		hurry(one)
		s.Sentinels = append(s.Sentinels, one)
		s.Addrs = append(s.Addrs, one.Addr)
	}
	s.URL = fmt.Sprintf("redis://%s/0?sentinel=%s", strings.Join(s.Addrs, ","), MasterName)
	for _, one := range s.Sentinels {
		eventually(tb, "the Sentinels to know each other", func() bool {
			text := info(one, "sentinel")
			return strings.Contains(text, "status=ok") && strings.Contains(text, "slaves=1,sentinels=3")
		})
	}
	return s
}

// FailOverSoon makes the Sentinels fail over once the master does not answer for half a second.
func (s *Sentinel) FailOverSoon() {
	s.tb.Helper()
	for _, one := range s.Sentinels {
		err := one.Client().Do(s.tb.Context(), "SENTINEL", "SET", MasterName, "down-after-milliseconds", 500).Err()
		if err != nil {
			s.tb.Fatalf("redistest: %v", err)
		}
	}
}

// hurry makes a Sentinel look at its servers more often than every 10 s, if its version can be set so.
func hurry(one *Server) {
	_ = one.Client().Do(one.tb.Context(), "SENTINEL", "DEBUG",
		"info-period", 300, "publish-period", 300, "ask-period", 300, "election-timeout", 2000).Err()
}

// sentinelFile writes the configuration that a Sentinel starts from and keeps its state in.
func sentinelFile(tb testing.TB, master string) string {
	tb.Helper()
	text := fmt.Sprintf("sentinel monitor %[1]s 127.0.0.1 %[2]s 2\n"+
		"sentinel down-after-milliseconds %[1]s 600000\n"+
		"sentinel failover-timeout %[1]s 2000\n"+
		"sentinel parallel-syncs %[1]s 1\n", MasterName, master)
	name := filepath.Join(tb.TempDir(), "sentinel.conf")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	return name
}

// Current returns the server that the Sentinels name as master now, once it says so itself.
func (s *Sentinel) Current() (current *Server) {
	s.tb.Helper()
	eventually(s.tb, "a master", func() bool {
		current = s.master()
		return current != nil
	})
	return current
}

// master returns the server that the Sentinels name as master and that says so itself, nil if there is none.
func (s *Sentinel) master() *Server {
	for _, one := range []*Server{s.Master, s.Replica} {
		if one.process != nil && s.named(one) && strings.Contains(info(one, "replication"), "role:master") {
			return one
		}
	}
	return nil
}

// AwaitReplica waits until the current master has a replica that is in step, and the Sentinels know it as one. On a busy machine
// they may fail over once more meanwhile.
func (s *Sentinel) AwaitReplica() {
	s.tb.Helper()
	goals := map[*Server]int{}
	eventually(s.tb, "the replica to be in step", func() bool {
		master, replica := s.master(), s.Replica
		if master == s.Replica {
			replica = s.Master
		}
		if master == nil {
			return false
		}
		if goals[master] <= 0 {
			goals[master] = offset(info(master, "replication"))
		}
		return inStep(replica, goals[master])
	})
	for _, one := range s.Sentinels {
		client := goredis.NewSentinelClient(&goredis.Options{Addr: one.Addr, DisableIdentity: true})
		eventually(s.tb, "the Sentinels to find the replica well", func() bool {
			replicas, err := client.Replicas(s.tb.Context(), MasterName).Result()
			return err == nil && len(replicas) == 1 && replicas[0]["flags"] == "slave" &&
				replicas[0]["master-link-status"] == "ok"
		})
		_ = client.Close()
	}
}

// named reports whether every Sentinel names the server as master.
func (s *Sentinel) named(master *Server) bool {
	for _, one := range s.Sentinels {
		if !strings.Contains(info(one, "sentinel"), "address="+master.Addr) {
			return false
		}
	}
	return true
}

// replication makes a master give a replica its data at once, and ping it each second: see awaitStep.
var replication = []string{"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"}

// awaitStep waits until a replica follows its master. A master calls a replica online, and a replica its link up, up to
// a second before the stream of commands begins; so it waits for something of that stream, a ping at least.
func awaitStep(master, replica *Server) {
	master.tb.Helper()
	goal := 0
	eventually(master.tb, "the replica to be in step", func() bool {
		if goal <= 0 {
			goal = offset(info(master, "replication"))
		}
		return inStep(replica, goal)
	})
}

// inStep reports whether a server follows a master that was at that offset.
func inStep(replica *Server, goal int) bool {
	text := info(replica, "replication")
	return strings.Contains(text, "master_link_status:up") && goal > 0 && offset(text) >= goal
}

// offset returns how far a server has come, as INFO replication reports it, -1 if it does not.
func offset(text string) int {
	for line := range strings.Lines(text) {
		if number, ok := strings.CutPrefix(line, "master_repl_offset:"); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(number)); err == nil {
				return n
			}
		}
	}
	return -1
}

// info returns a section of INFO, empty if the server does not answer.
func info(s *Server, section string) string {
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr, MaxRetries: -1, DisableIdentity: true})
	defer c.Close()
	text, _ := c.Info(s.tb.Context(), section).Result()
	return text
}

// eventually waits until the condition holds, and ends the test if it takes too long.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(poll) {
		if holds() {
			return
		}
	}
	tb.Fatalf("redistest: waited %v for %s", patience, what)
}
