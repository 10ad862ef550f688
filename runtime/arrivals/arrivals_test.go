// SPDX-License-Identifier: Apache-2.0

package arrivals_test

import (
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/runtime/arrivals"
)

// TestEachAskIsFollowed asks from many goroutines, also while it is stopped: each ask is followed by a call.
func TestEachAskIsFollowed(t *testing.T) {
	t.Parallel()
	for range 50 {
		var asked, seen atomic.Int64
		var one sync.Mutex // calls overlap when it is stopped
		ask, stop, err := arrivals.Follow(func() {
			one.Lock()
			defer one.Unlock()
			seen.Store(asked.Load())
		})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					asked.Add(1)
					ask()
					runtime.Gosched()
				}
			})
		}
		stop()
		all.Wait()
		if got := seen.Load(); got != 800 {
			t.Fatalf("the last call saw %d of 800", got)
		}
	}
}

// TestArrivalsComeFirst asks right after a client has sent something, on one processor which has not looked at the network since: it is
// read before the call. The scheduler promises no order, so that it need not be so each time.
func TestArrivalsComeFirst(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	client, server := connect(t)
	var sent, read atomic.Int64
	go func() {
		for b := make([]byte, 1); ; read.Add(1) {
			if _, err := io.ReadFull(server, b); err != nil {
				return
			}
		}
	}()
	called := make(chan bool)
	ask, stop, err := arrivals.Follow(func() { called <- read.Load() == sent.Load() })
	if err != nil {
		t.Fatal(err)
	}
	const rounds = 50
	first := 0
	for range rounds {
		for range 20 {
			runtime.Gosched() // both wait for the network
		}
		sent.Add(1)
		if _, err := client.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		ask()
		if <-called {
			first++
		}
	}
	go func() { <-called }() // the one after the end
	stop()
	if first < rounds/2 { // without the pipe it would be none
		t.Errorf("%d of %d calls came after what had arrived", first, rounds)
	}
}

// connect returns the two ends of a connection.
func connect(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return client, server
}
