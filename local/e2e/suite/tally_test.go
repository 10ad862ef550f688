// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const events = `{"Action":"build-output","ImportPath":"m/broken","Output":"broken.go:1: no\n"}
{"Action":"build-fail","ImportPath":"m/broken"}
{"Action":"output","Package":"m/broken","Output":"FAIL\tm/broken [build failed]\n"}
{"Action":"fail","Package":"m/broken"}
{"Action":"output","Package":"m/none","Output":"?   \tm/none\t[no test files]\n"}
{"Action":"skip","Package":"m/none"}
{"Action":"run","Package":"m/a","Test":"TestGood"}
{"Action":"output","Package":"m/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"output","Package":"m/a","Test":"TestGood","Output":"    a_test.go:1: no one needs this\n"}
{"Action":"pass","Package":"m/a","Test":"TestGood"}
{"Action":"run","Package":"m/a","Test":"TestBad"}
{"Action":"run","Package":"m/a","Test":"TestBad/part"}
{"Action":"output","Package":"m/a","Test":"TestBad/part","Output":"    a_test.go:2: got 1, want 2\n"}
{"Action":"output","Package":"m/a","Test":"TestBad/part","Output":"    --- FAIL: TestBad/part (0.00s)\n"}
{"Action":"fail","Package":"m/a","Test":"TestBad/part"}
{"Action":"output","Package":"m/a","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"m/a","Test":"TestBad"}
{"Action":"run","Package":"m/a","Test":"TestRedis"}
{"Action":"output","Package":"m/a","Test":"TestRedis","Output":"    a_test.go:3: needs redis-server\n"}
{"Action":"output","Package":"m/a","Test":"TestRedis","Output":"        (Debian: redis-server)\n"}
{"Action":"output","Package":"m/a","Test":"TestRedis","Output":"--- SKIP: TestRedis (0.00s)\n"}
{"Action":"skip","Package":"m/a","Test":"TestRedis"}
{"Action":"output","Package":"m/a","Output":"FAIL\n"}
{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\t0.010s\n"}
{"Action":"fail","Package":"m/a"}
{"Action":"run","Package":"m/c","Test":"TestPanic"}
{"Action":"output","Package":"m/c","Test":"TestPanic","Output":"panic: test timed out\n"}
{"Action":"output","Package":"m/c","Output":"FAIL\tm/c\t9.000s\n"}
{"Action":"fail","Package":"m/c"}
{"Action":"output","Package":"m/b","Test":"TestRedis","Output":"    b_test.go:3: needs redis-server (Debian: redis-server)\n"}
{"Action":"skip","Package":"m/b","Test":"TestRedis"}
{"Action":"output","Package":"m/b","Output":"PASS\n"}
{"Action":"output","Package":"m/b","Output":"ok  \tm/b\t0.010s\n"}
{"Action":"pass","Package":"m/b"}
`

const report = `broken.go:1: no
FAIL	m/broken [build failed]
    a_test.go:2: got 1, want 2
    --- FAIL: TestBad/part (0.00s)
--- FAIL: TestBad (0.00s)
FAIL	m/a	0.010s
FAIL	m/c	9.000s
panic: test timed out
ok  	m/b	0.010s
left out: 2 of m/a, m/b: needs redis-server (Debian: redis-server)
1 passed, 4 failed, 2 left out in 2s
`

func TestReport(t *testing.T) {
	var out strings.Builder
	tally := newTally(&out)
	if err := tally.read(strings.NewReader(events), nil); err != nil {
		t.Fatal(err)
	}
	tally.report(2 * time.Second)
	if diff := cmp.Diff(out.String(), report); diff != "" {
		t.Errorf("the report (-got +want):\n%s", diff)
	}
}

func TestVerdict(t *testing.T) {
	const pass, fail, skip = `{"Action":"pass","Test":"T"}`, `{"Action":"fail","Test":"T"}`, `{"Action":"skip","Test":"T"}`
	for _, tt := range []struct {
		events     string
		requireAll bool
		ok         bool
	}{
		{pass, true, true},
		{pass + fail, false, false},
		{pass + skip, false, true},
		{pass + skip, true, false},
	} {
		tally := newTally(&strings.Builder{})
		if err := tally.read(strings.NewReader(tt.events), nil); err != nil {
			t.Fatal(err)
		}
		if err := tally.err(tt.requireAll); (err == nil) != tt.ok {
			t.Errorf("%s where all are required: %v: got %v", tt.events, tt.requireAll, err)
		}
	}
}

func TestReadRefusesWhatIsNoEvent(t *testing.T) {
	if err := newTally(&strings.Builder{}).read(strings.NewReader("go: unknown flag"), nil); err == nil {
		t.Error("text that is not an event: got no error")
	}
}

// TestProgress ticks where nothing was printed, before the first package and between two tests.
func TestProgress(t *testing.T) {
	events, write := io.Pipe()
	tick := make(chan time.Time)
	var out strings.Builder
	tally := newTally(&out)
	begun := tally.out.begun
	ended := make(chan error, 1)
	go func() { ended <- tally.read(events, tick) }()
	say := func(text string) {
		t.Helper()
		if _, err := io.WriteString(write, text); err != nil {
			t.Fatal(err)
		}
	}
	tick <- begun.Add(5 * time.Second)
	say(`{"Action":"start","Package":"m/a"}{"Action":"run","Package":"m/a","Test":"TestA"}` +
		`{"Action":"run","Package":"m/a","Test":"TestA/part"}{"Action":"pass","Package":"m/a","Test":"TestA/part"}` +
		`{"Action":"run","Package":"m/a","Test":"TestB"}{"Action":"pause","Package":"m/a","Test":"TestB"}` + "\n\n")
	say(" ") // what is before it has been read
	tick <- begun.Add(10 * time.Second)
	say(`{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.010s\n"}{"Action":"pass","Package":"m/a"}` + "\n\n")
	say(" ")
	tick <- begun.Add(15 * time.Second)
	tick <- begun.Add(20 * time.Second)
	_ = write.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	const want = "after 5s: 0 packages done, 0 tests passed, 0 failed; building\n" +
		"after 10s: 0 packages done, 1 tests passed, 0 failed; running m/a TestA\n" +
		"ok  \tm/a\t0.010s\n" +
		"after 20s: 1 packages done, 1 tests passed, 0 failed; building\n"
	if diff := cmp.Diff(out.String(), want); diff != "" {
		t.Errorf("progress (-got +want):\n%s", diff)
	}
}

// TestSlowest has a test with a subtest within its time, one next to it, and one whose name holds a slash.
func TestSlowest(t *testing.T) {
	const events = `{"Action":"run","Package":"m","Test":"TestA"}
{"Action":"run","Package":"m","Test":"TestA/in/turn"}
{"Action":"pass","Package":"m","Test":"TestA/in/turn","Elapsed":1.5}
{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"m","Test":"TestA/group"}
{"Action":"run","Package":"m","Test":"TestA/group/part"}
{"Action":"pause","Package":"m","Test":"TestA/group/part"}
{"Action":"pass","Package":"m","Test":"TestA/group/part","Elapsed":2}
{"Time":"2026-01-01T00:00:02Z","Action":"pass","Package":"m","Test":"TestA/group","Elapsed":0}
{"Action":"run","Package":"m","Test":"TestA/parallel"}
{"Action":"pause","Package":"m","Test":"TestA/parallel"}
{"Action":"cont","Package":"m","Test":"TestA/parallel"}
{"Action":"fail","Package":"m","Test":"TestA/parallel","Elapsed":3}
{"Action":"fail","Package":"m","Test":"TestA","Elapsed":3.75}
{"Action":"run","Package":"m","Test":"TestB"}
{"Action":"pass","Package":"m","Test":"TestB","Elapsed":0}
`
	const want = "the tests that took longest:\n" +
		"     3.0 s  m TestA/parallel\n" +
		"     2.0 s  m TestA/group/part\n" +
		"     1.5 s  m TestA/in/turn\n" +
		"     0.2 s  m TestA\n" +
		"nothing was left out\n" +
		"4 passed, 2 failed, 0 left out in 2s\n"
	var out strings.Builder
	tally := newTally(&out)
	if err := tally.read(strings.NewReader(events), nil); err != nil {
		t.Fatal(err)
	}
	tally.report(2 * time.Second)
	if diff := cmp.Diff(out.String(), want); diff != "" {
		t.Errorf("the report (-got +want):\n%s", diff)
	}
}
