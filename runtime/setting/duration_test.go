// SPDX-License-Identifier: Apache-2.0

package setting_test

import (
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/setting"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"500ms": 500 * time.Millisecond, "1h30m": 90 * time.Minute, "0": 0, "-5s": -5 * time.Second,
		"90d": 90 * day, "1d12h": 36 * time.Hour, "0d": 0, "-1d": -day, "-1d12h": -36 * time.Hour, "106751d": 106751 * day,
		"1d0s": day, "-1d0s": -day,
	} {
		if got, err := setting.Duration(text); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "soon", "5", "1.5d", "1d-12h", "1d5", "12h1d", "106752d", "106751d24h", "-106751d24h", "1d1d"} {
		if got, err := setting.Duration(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}
