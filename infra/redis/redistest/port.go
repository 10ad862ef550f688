// SPDX-License-Identifier: Apache-2.0

package redistest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Ports come from below the range that the kernel gives to outgoing connections, so that no client takes the port of
// a server that is down for a moment. A Cluster node takes the port busOffset higher too.
const (
	firstPort = 11000
	busOffset = 10000
	portCount = busOffset
)

// ReservePort returns a port on 127.0.0.1 that no other test, in this process or another, uses until tb ends.
func ReservePort(tb testing.TB) int {
	tb.Helper()
	dir := filepath.Join(os.TempDir(), "tempskv-redistest-"+strconv.Itoa(os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	for range 1000 {
		port := firstPort + rand.IntN(portCount)
		lock, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			tb.Fatalf("redistest: %v", err)
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && isFree(port) && isFree(port+busOffset) {
			tb.Cleanup(func() { _ = lock.Close() })
			return port
		}
		_ = lock.Close()
	}
	tb.Fatal("redistest: no free port")
	return 0
}

// isFree reports whether the port could be listened on just now.
func isFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
