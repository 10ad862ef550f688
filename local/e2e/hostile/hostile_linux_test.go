// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package hostile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// mostSlower is how many times the p99 of the neighbour may become what it is alone. It is held where the table of faults.md is
// made, since nothing else runs then.
const mostSlower = 5

// TestHostile has a hostile client do one thing after the other, and prints the table of faults.md.
func TestHostile(t *testing.T) {
	table := os.Getenv("TEMPSKV_FAULTS")
	page, err := os.ReadFile(filepath.Join(e2e.Root, "local", "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, load := range []struct {
		name   string
		engine string
		attack func(v *victim)
	}{
		{"1,200 unfinished bodies without a token", "embedded", unfinishedSignIns},
		{"1,200 unfinished bodies of 1 MiB", "embedded", unfinishedBodies},
		{"1,200 unfinished bodies of 1 MiB", "external", unfinishedBodies},
		{"9 unfinished bodies of 16 MiB", "embedded", unfinishedBatches},
		{"400 unfinished bodies in two HTTP/2 connections", "embedded", unfinishedStreams},
		{"200 unread answers of 10 MiB", "embedded", unreadAnswers},
		{"200 unread answers of 10 MiB", "external", unreadAnswers},
		{"8 unread exports, and writes", "embedded", unreadExports},
		{"4 clients with dear patterns", "external", dearPatterns},
		{"4 clients with dear patterns", "embedded", dearPatterns},
		{"12,000 `incr`, each with a new `Idempotency-Key`", "embedded", newIdempotencyKeys},
		{"2,000 sign-ins of one key", "embedded", signIns},
		{"8 clients that are refused and connect again", "embedded", refusedReconnects},
		{"50 clients that get 503 and connect again", "embedded", memoryReconnects},
		{"50 clients with wrong tokens", "embedded", refusals},
		{"8 clients that only shake hands", "embedded", handshakes},
		{"2,000 streams of events, opened at once", "embedded", unreadEvents},
		{"2,000 unfinished heads of 15 KiB", "embedded", unfinishedHeads},
		{"50 bodies in chunks of one byte", "embedded", smallChunks},
		{"1,000 bodies in pieces of 40 bytes", "embedded", smallPieces},
		{"20 HTTP/2 connections of frames that ask for nothing", "embedded", frames},
		{"20 clients with `mset` of 1,000 keys", "embedded", batches},
	} {
		t.Run(load.name+" "+load.engine, func(t *testing.T) {
			if table == "" {
				t.Parallel()
			}
			v := newVictim(t, load.engine)
			row := v.suffer(load.attack)
			if table != "" && row.slower() > mostSlower {
				t.Errorf("the neighbour is %.1f times as slow as alone", row.slower())
			}
			if !strings.Contains(string(page), "| "+load.name+" | `"+load.engine+"` |") {
				t.Error("faults.md has no row for it")
			}
			if table != "" {
				rows = append(rows, fmt.Sprintf("| %s | `%s` | %s | %s | %d | %d | %d MiB |", load.name, load.engine,
					inMilliseconds(row.alone), inMilliseconds(row.next), row.calls, row.failed, row.peak>>20))
			}
		})
	}
	if table == "" {
		return
	}
	text := "| one client sends | engine | p99 alone | p99 next to it | calls | failed | memory, at most |\n|---|---|---|---|---|---|---|\n" +
		strings.Join(rows, "\n") + "\n"
	if err := os.WriteFile(strings.TrimSuffix(table, ".md")+"-hostile.md", []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

func inMilliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}
