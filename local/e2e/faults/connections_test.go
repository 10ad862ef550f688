// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// clientsFull takes the gateway's connections away from it while the Redis has as many others as it may.
func clientsFull(t *testing.T) result {
	redis := redistest.Start(t, e2e.FsyncAlways...)
	g := newGateway(t, e2e.External(redis.URL))
	admin := redis.Client().Conn()
	t.Cleanup(func() { _ = admin.Close() })
	allow := func(clients string) {
		if err := admin.ConfigSet(t.Context(), "maxclients", clients).Err(); err != nil {
			t.Fatal(err)
		}
	}
	v := faultCase{inject: func(int, *workload.Workload) (hit, over time.Time) {
		allow("1")
		if err := admin.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
			t.Fatal(err)
		}
		hit = time.Now()
		e2e.ExpectUnavailable(t, g.As(g.tokens[0]))
		allow("10000")
		return hit, time.Now()
	}}.on(t, g)
	if v.Refused == 0 {
		t.Error("the Redis was not felt to be full")
	}
	return v
}

const (
	idleCount = 10_000
	busyCount = 1_000
)

// manyConnections has a thousand clients at work, next to ten thousand connections that were used once and stay. They
// are served again at the end.
func manyConnections(t *testing.T) result {
	needFiles(t, idleCount+2*busyCount)
	redis := redistest.Start(t, e2e.FsyncAlways...)
	g := newGateway(t, e2e.External(redis.URL), "--max-connections", "16000") // of which 12,000 may be from here
	return faultCase{size: busyCount, inject: func(_ int, f *workload.Workload) (hit, over time.Time) {
		hit = time.Now()
		idle := make([]net.Conn, idleCount)
		each(idle, func(i int) {
			c, err := net.Dial("tcp", g.Address())
			if err != nil {
				t.Error(err)
				return
			}
			idle[i] = c
			asksOnce(t, c)
		})
		f.Await(t, 5*busyCount)
		each(idle, func(i int) {
			if idle[i] != nil {
				asksOnce(t, idle[i])
				_ = idle[i].Close()
			}
		})
		return hit, time.Now()
	}}.on(t, g)
}

// each does something with each connection, some side by side.
func each(connections []net.Conn, do func(i int)) {
	const width = 200
	var all sync.WaitGroup
	for from := range width {
		all.Go(func() {
			for i := from; i < len(connections); i += width {
				do(i)
			}
		})
	}
	all.Wait()
}

// asksOnce makes a request over a connection that stays.
func asksOnce(t *testing.T, c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(e2e.Patience))
	_, err := io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
	if err != nil {
		t.Error(err)
		return
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusOK {
		t.Errorf("an idle connection is answered %s", res.Status)
	}
}

// needFiles leaves the test out unless a process may have so many files open. Go has raised the soft limit of this one,
// and does so in the gateway.
func needFiles(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max < n {
		e2e.LeaveOut(t, "10,000 connections need %d open files, and the hard limit is %d: raise it, as by ulimit -Hn", n, limit.Max)
	}
}
