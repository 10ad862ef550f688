// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// sink is a connection whose client takes everything at once.
type sink struct{ net.Conn }

func (sink) Write(b []byte) (int, error)      { return len(b), nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }

// TestWriteLetsOthersRun is not parallel: it leaves the process one processor. A connection that never waits, since its
// requests are there already, must not keep it.
func TestWriteLetsOthersRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := newConn(sink{}, rate{defaultRate, defaultGrace}, func(*conn) {})
	var ran atomic.Bool
	go ran.Store(true)
	for range 100 { // at times the scheduler chooses the one that yielded
		if _, err := c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	if !ran.Load() {
		t.Error("100 responses were written before anyone else ran")
	}
}
