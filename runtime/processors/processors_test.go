// SPDX-License-Identifier: Apache-2.0

package processors

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

func none() uint64 { return 0 }

// TestManage checks on this machine, however busy it is, that a program at rest runs on one processor, and on all of them at the end.
func TestManage(t *testing.T) {
	if _, err := look(none); errors.Is(err, errors.ErrUnsupported) {
		if err := Manage(t.Context(), none); !errors.Is(err, errors.ErrUnsupported) {
			t.Fatal(err)
		}
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- Manage(ctx, none) }()
	waitFor(t, func(n int) bool { return n == 1 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := runtime.GOMAXPROCS(0); got != Available() {
		t.Errorf("at the end Go runs on %d processors of %d", got, Available())
	}
}

func waitFor(t *testing.T, ok func(int) bool) {
	t.Helper()
	for begun := time.Now(); !ok(runtime.GOMAXPROCS(0)); time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("Go runs on %d processors", runtime.GOMAXPROCS(0))
		}
	}
}
