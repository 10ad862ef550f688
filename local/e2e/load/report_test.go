// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	t.Parallel()
	table := newTable(1, "", "µs")
	table.add("`get`", figure(12.34))
	table.add("é", 7)
	const want = `|       |   µs |
| ----- | ---: |
| ` + "`get`" + ` | 12.3 |
| é     |    7 |
`
	if diff := cmp.Diff(table.String(), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestFigure(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{0: "0.00", 0.126: "0.13", 12.34: "12.3", 123.4: "123", 999.6: "1000", 1234.5: "1,235", 1234567: "1,234,567"} {
		if got := figure(f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}

// tables returns the lines of the tables of a text, without the spaces that align them.
func tables(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "| -") {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	return lines
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	r := report{
		Machine: machine{BusyPercent: 40},
		Effort:  thorough,
		Goals: []goal{
			{What: "`get` external / webdis", Want: 1, Rounds: []float64{1.2, 0.9, 1.1}},
			{What: "memory at rest", Unit: " MB", Want: 40, AtMost: true, Rounds: []float64{41}},
		},
		Commands: []result{
			{Workload: "get", Gateway: external, Connections: 1000, RequestsPerSecond: 27_000, P50ms: 2, P99ms: 5.5, GatewayCPU: 45, RedisCPU: 4},
			{Workload: "get", Gateway: "webdis", Connections: 1000, RequestsPerSecond: 30_000, P50ms: 2, P99ms: 4, GatewayCPU: 34, RedisCPU: 12, Errors: 7},
		},
		Sizes:      []result{{Workload: "set", Gateway: embedded, Connections: 64, Keys: 1_000_000, RequestsPerSecond: 9000, P50ms: 1, P99ms: 2, GatewayCPU: 80}},
		Memory:     []memory{{Gateway: external, State: "at rest", MB: 30.04, OwnMB: 6, RedisMB: 12}},
		Neighbours: []neighbour{{Flood: "get", Setting: "auto", RequestsPerSecond: 199.6, P50ms: 2, P99ms: 20, FloodAnswered: 18_000}},
	}
	want := []string{
		"| | goal | measured | rounds | reached |",
		"| `get` external / webdis | ≥ 1 | 1.10 | 0.90 to 1.20 | yes |",
		"| memory at rest | ≤ 40 MB | 41.0 MB | 41.0 to 41.0 | no |",
		"| | | connections | requests/s | p50 ms | p99 ms | CPU µs | of Redis µs | errors |",
		"| `get` | external | 1,000 | 27,000 | 2.00 | 5.50 | 45.0 | 4.00 | 0 |",
		"| | webdis | 1,000 | 30,000 | 2.00 | 4.00 | 34.0 | 12.0 | 7 |",
		"| | | keys | requests/s | p50 ms | p99 ms | CPU µs | of Redis µs | errors |",
		"| `set` | embedded | 1,000,000 | 9,000 | 1.00 | 2.00 | 80.0 | | 0 |",
		"| | | resident MB | of no file MB | of Redis MB |",
		"| external | at rest | 30.0 | 6.00 | 12.0 |",
		"| flood | `--max-in-flight` | answered/s | p50 ms | p99 ms | failed | flood answered/s | flood refused/s |",
		"| get | `auto` | 200 | 2.00 | 20.0 | 0 | 18,000 | 0.00 |",
	}
	text := r.markdown()
	if diff := cmp.Diff(tables(text), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if !strings.Contains(text, "**Warning: the machine was busy before the run (40 % of its processors)") {
		t.Errorf("there is no warning in:\n%s", text)
	}
	if text := (&report{}).markdown(); strings.Contains(text, "Warning") || len(tables(text)) > 0 {
		t.Errorf("of a quiet machine, and without sections:\n%s", text)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "bin")
	r := report{Machine: machine{CPU: "a processor"}, Goals: []goal{{What: "memory", Want: 40, AtMost: true, Rounds: []float64{30}}}}
	if err := r.write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var again report
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again.Goals, r.Goals); diff != "" || again.Machine != r.Machine {
		t.Errorf("got %+v (-got +want):\n%s", again.Machine, diff)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "bench.md")); err != nil || string(text) != r.markdown() {
		t.Errorf("%v, and bench.md is:\n%s", err, text)
	}
}
