// SPDX-License-Identifier: Apache-2.0

package processors

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	tests := []struct {
		name, stat string
		idle, work time.Duration
		ok         bool
	}{
		{"of this kernel", "cpu  100 20 300 4000 50 6 7 8 90 10\ncpu0 1 2 3\n", 40500 * time.Millisecond, 4410 * time.Millisecond, true},
		{"of 256 processors after a year", "cpu  1 0 0 807321600000 0 0 0 0 0 0\n", 256 * 365 * 24 * time.Hour, 10 * time.Millisecond, true},
		{"of an old kernel", "cpu 1 2 3 4 5 6 7\n", 0, 0, false},
		{"empty", "", 0, 0, false},
		{"another file", "intr 1 2 3 4 5 6 7 8 9\n", 0, 0, false},
		{"no numbers", "cpu a b c d e f g h\n", 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			idle, work, err := parseStat([]byte(tt.stat))
			if idle != tt.idle || work != tt.work || (err == nil) != tt.ok {
				t.Errorf("idle %s, work %s, %v", idle, work, err)
			}
		})
	}
}

// TestWaitedByThreads checks files of the form that the kernel writes: time on a processor, time that it waited, both in
// nanoseconds, and how often it ran.
func TestWaitedByThreads(t *testing.T) {
	dir := t.TempDir()
	for id, text := range map[string]string{"1": "500 30 7\n", "2": "1 4 1\n", "3": "", "4": "1\n"} {
		if err := os.Mkdir(filepath.Join(dir, id), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, id, "schedstat"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "5"), 0o700); err != nil { // a thread that has ended meanwhile
		t.Fatal(err)
	}
	if got := waitedByThreads(dir); got != 34 {
		t.Errorf("waited %s, want 34 ns", got)
	}
	if got := waitedByThreads(filepath.Join(dir, "absent")); got != 0 {
		t.Errorf("waited %s in no directory", got)
	}
}

// TestSince checks that times which stand still, as in some sandboxes, are not taken for a busy machine.
func TestSince(t *testing.T) {
	begun := time.Now()
	before := times{at: begun, used: time.Second, idle: time.Minute, work: time.Minute, waited: time.Second}
	after := times{at: begun.Add(100 * time.Millisecond), used: 1050 * time.Millisecond, idle: time.Minute + 150*time.Millisecond,
		work: time.Minute + 50*time.Millisecond, waited: 990 * time.Millisecond, answered: 30}
	if got, ok := after.since(before); !ok || got != (usage{used: 0.5, idle: 1.5, answered: 300}) {
		t.Errorf("%+v, %t", got, ok)
	}
	after.idle, after.work = before.idle, before.work
	if got, ok := after.since(before); ok {
		t.Errorf("of times that stand still: %+v", got)
	}
}
