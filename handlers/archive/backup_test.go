// SPDX-License-Identifier: Apache-2.0

package archive_test

import (
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
)

func TestBackupSchedule(t *testing.T) {
	t.Parallel()
	at := func(hours float64) time.Time {
		return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours * float64(time.Hour)))
	}
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		schedule archive.Schedule
		next     time.Time
		overdue  time.Time // the last moment at which it is not
	}{
		"none":         {archive.Schedule{LastSuccess: at(1)}, time.Time{}, time.Time{}},
		"new":          {archive.Schedule{Every: day, Since: at(0)}, at(0), at(36)},
		"new again":    {archive.Schedule{Every: day, Since: at(9), LastAttempt: at(0), LastSuccess: at(0)}, at(9), at(45)},
		"done":         {archive.Schedule{Every: day, Since: at(0), LastAttempt: at(2), LastSuccess: at(2)}, at(26), at(38)},
		"by hand":      {archive.Schedule{Every: day, Since: at(0), LastAttempt: at(2), LastSuccess: at(20)}, at(26), at(56)},
		"failed":       {archive.Schedule{Every: day, Since: at(0), LastAttempt: at(24), LastSuccess: at(0), LastError: "full"}, at(24.25), at(36)},
		"cut off":      {archive.Schedule{Every: day, Since: at(0), LastAttempt: at(24), LastSuccess: at(0)}, at(26), at(36)},
		"hour cut off": {archive.Schedule{Every: time.Hour, Since: at(0), LastAttempt: at(4), LastSuccess: at(3)}, at(5), at(4.5)},
	} {
		if got := tt.schedule.Next(); !got.Equal(tt.next) {
			t.Errorf("%s: the next is at %v, want %v", name, got, tt.next)
		}
		if tt.overdue.IsZero() {
			tt.overdue = at(1e6)
		} else if !tt.schedule.Overdue(tt.overdue.Add(time.Second)) {
			t.Errorf("%s: it is not overdue after %v", name, tt.overdue)
		}
		if tt.schedule.Overdue(tt.overdue) {
			t.Errorf("%s: it is overdue at %v", name, tt.overdue)
		}
	}
}
