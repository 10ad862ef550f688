// SPDX-License-Identifier: Apache-2.0

package limits

import "testing"

// TestReleasedBeforeItWaits has an operation find no room, and all slots released before it is seen to wait: nobody else will see that
// it gets one.
func TestReleasedBeforeItWaits(t *testing.T) {
	t.Parallel()
	l := New(Config{InFlight: 1})
	w := l.semaphore.enqueue(Slot{l.Project(t.Context(), 1), 1}).Value.(*waiter)
	select {
	case <-w.granted:
	default:
		t.Error("it waits, and a slot is free")
	}
}
