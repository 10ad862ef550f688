// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"testing"
	"time"
)

// A backup ends where its destination is stuck or trickles, and goes on where it is slow or the log is short.
func TestBackupsThatAreTooSlow(t *testing.T) {
	t.Parallel()
	const mib, stall = 1 << 20, 2 * time.Minute
	now := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		pages  int
		began  time.Duration // ago
		handed time.Duration // ago; less than 0: the reader has not its turn
		sent   int64
		want   bool
	}{
		"short log, stuck":         {longLog - 1, time.Hour, time.Hour, 0, false},
		"long log, stuck":          {longLog, time.Hour, stall, 100 << 30, true},
		"long log, slow":           {longLog, time.Hour, stall - 1, mib, false},
		"long log, at work":        {longLog, time.Hour, -1, 0, false},
		"huge log, trickle":        {hugeLog, time.Hour, time.Second, 3599 * mib, true},
		"huge log, steady":         {hugeLog, time.Hour, time.Second, 3600 * mib, false},
		"huge log, just begun":     {hugeLog, time.Millisecond, 0, 4 * mib, false},
		"huge log, reads for none": {hugeLog, time.Hour, -1, 0, false},
	} {
		r := &longRead{began: now.Add(-tt.began)}
		r.sent.Store(tt.sent)
		if tt.handed >= 0 {
			r.handed.Store(now.Add(-tt.handed).UnixNano())
		}
		if rate, got := r.tooSlow(now, tt.pages, stall); got != tt.want {
			t.Errorf("%s: got %v at %d bytes a second", name, got, rate)
		}
	}
}
