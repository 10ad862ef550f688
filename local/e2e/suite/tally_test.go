// SPDX-License-Identifier: Apache-2.0

package main

import (
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
{"Action":"output","Package":"m/a","Test":"TestGood","Output":"    a_test.go:1: nobody needs this\n"}
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
	if err := tally.read(strings.NewReader(events)); err != nil {
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
		if err := tally.read(strings.NewReader(tt.events)); err != nil {
			t.Fatal(err)
		}
		if err := tally.verdict(tt.requireAll); (err == nil) != tt.ok {
			t.Errorf("%s where all are required: %v: got %v", tt.events, tt.requireAll, err)
		}
	}
}

func TestReadRefusesWhatIsNoEvent(t *testing.T) {
	if err := newTally(&strings.Builder{}).read(strings.NewReader("go: unknown flag")); err == nil {
		t.Error("text that is no event: got no error")
	}
}
