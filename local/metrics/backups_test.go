// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/archive"
)

// TestScrapeOfBackups checks the metrics of backups for several schedules.
func TestScrapeOfBackups(t *testing.T) {
	t.Parallel()
	const last, next = "tempskv_backup_last_success_timestamp_seconds", "tempskv_backup_next_timestamp_seconds"
	const overdue, failing = "tempskv_backup_overdue", "tempskv_backup_failing"
	now := time.Now().Truncate(time.Second)
	ago := func(hours int) time.Time { return now.Add(-time.Duration(hours) * time.Hour) }
	unix := func(t time.Time) float64 { return float64(t.Unix()) }
	for _, tt := range []struct {
		name     string
		schedule archive.Schedule
		want     map[string]float64
	}{
		{"none are made", archive.Schedule{}, map[string]float64{overdue: 0, failing: 0}},
		{"one was made by hand", archive.Schedule{LastSuccess: ago(99)}, map[string]float64{last: unix(ago(99)), overdue: 0, failing: 0}},
		{
			"well", archive.Schedule{Every: 24 * time.Hour, Since: ago(90), LastAttempt: ago(3), LastSuccess: ago(3)},
			map[string]float64{last: unix(ago(3)), next: unix(ago(-21)), overdue: 0, failing: 0},
		},
		{
			"the first one fails", archive.Schedule{Every: 24 * time.Hour, Since: ago(1), LastAttempt: ago(1), LastError: "the disk is full"},
			map[string]float64{next: unix(ago(1).Add(15 * time.Minute)), overdue: 0, failing: 1},
		},
		{
			"none for a long time", archive.Schedule{Every: 24 * time.Hour, Since: ago(90), LastAttempt: ago(1), LastSuccess: ago(37), LastError: "the disk is full"},
			map[string]float64{last: unix(ago(37)), next: unix(ago(1).Add(15 * time.Minute)), overdue: 1, failing: 1},
		},
	} {
		w := newWorld(t)
		w.schedule(tt.schedule)
		all := map[string]float64{last: 0, next: 0, overdue: 0, failing: 0}
		if diff := cmp.Diff(picked(w.scrape(), all), tt.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", tt.name, diff)
		}
	}
}
