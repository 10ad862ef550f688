// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"
)

func TestParseSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"60": 60, "-1": -1, "90s": 90, "1h30m": 5400, "-1m": -60, "1d": 86400, "90d": 7776000} {
		if got, err := parseSeconds(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "soon", "1.5", "1500ms", "1d500ms"} {
		if got, err := parseSeconds(text); err == nil {
			t.Errorf("%q is taken as %d", text, got)
		}
	}
}

func TestParseEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"90d":                  now.Add(90 * 24 * time.Hour),
		"12h":                  now.Add(12 * time.Hour),
		"2030-12-31":           time.Date(2030, 12, 31, 0, 0, 0, 0, time.Local),
		"2030-12-31T23:59:59Z": time.Date(2030, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		if got, err := parseEnd(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "soon", "d", "31.12.2030"} {
		if got, err := parseEnd(text, now); err == nil {
			t.Errorf("%q is taken as %s", text, got)
		}
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"user:1": "user:1", "späß 日本": "späß 日本", "": `""`, "a\nb": `"a\nb"`, "\x1b[2J": `"\x1b[2J"`,
	} {
		if got := visible(key); got != want {
			t.Errorf("%q: got %s, want %s", key, got, want)
		}
	}
}

func TestShellQuote(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/srv/kv-1": "/srv/kv-1", "/my data": "'/my data'", "it's": `'it'\''s'`} {
		if got := shellQuote(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
