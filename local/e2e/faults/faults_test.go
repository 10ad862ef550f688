// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestFaults causes one fault after the other while clients of two projects work, compares the data afterwards with the
// answers that they got, and prints the table of faults.md. It runs alone for that, so no other test affects the times;
// among the other tests it does not hold them up.
func TestFaults(t *testing.T) {
	if os.Getenv("TEMPSKV_FAULTS") == "" {
		t.Parallel()
	}
	page, err := os.ReadFile(filepath.Join(e2e.Root, "local", "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, fault := range []struct {
		name  string
		bring func(t *testing.T) result
	}{
		{"Redis killed (`kill -9`), fsync always", redisKilled},
		{"Redis killed (`kill -9`), fsync every second", redisKilledEverySecond},
		{"gateway killed (`kill -9`), `external`", gatewayKilled},
		{"gateway killed (`kill -9`), `embedded`", embeddedKilled},
		{"gateway ended (SIGTERM), `external`", gatewayEnds},
		{"gateway ended (SIGTERM), `embedded`", embeddedEnds},
		{"Redis frozen for 5 s (SIGSTOP)", redisFrozen},
		{"Redis 500 ms late", redisSlow},
		{"connections to Redis reset", connectionsReset},
		{"connections to Redis cut half way", connectionsCut},
		{"Redis at `maxclients`", clientsFull},
		{"Redis at `maxmemory`", memoryFull},
		{"disk of Redis full, fsync always", diskFullAlways},
		{"disk of Redis full, fsync every second", diskFullEverySecond},
		{"disk of `embedded` full", embeddedDiskFull},
		{"torn tail of the AOF, fsync always", tornTail},
		{"the last second of the AOF gone, its tail torn, fsync every second", tornSecond},
		{"10,000 idle connections, 1,000 busy", manyConnections},
		{"Sentinel fails over", sentinelFailsOver},
		{"Cluster fails over", clusterFailsOver},
		{"Cluster master killed, without a replica", clusterMasterKilled},
		{"Cluster moves slots", slotsMove},
		{"gateway killed during `enable`", killedDuringEnable},
		{"gateway killed during `update`", killedDuringUpdate},
		{"gateway killed during `disable`", killedDuringDisable},
		{"gateway killed during a backup", killedDuringBackup},
		{"gateway killed during a restore", killedDuringRestore},
		{"gateway killed during an import", killedDuringImport},
		{"gateway killed during the deletion of a project", killedDuringDeletion},
		{"gateway killed during the revocation of a token", killedDuringRevocation},
		{"gateway killed during a migration", killedDuringMigration},
		{"gateway killed during its first start", killedDuringFirstStart},
		{"three gateways with one `Idempotency-Key`, each killed, and Redis", oneKeyAtThreeGateways},
		{"Redis emptied (`FLUSHALL`)", redisEmptied},
		{"Redis that persists nothing, killed", redisForgetful},
		{"Redis replaced by another service's", redisReplaced},
		{"Redis made a replica", redisReadOnly},
		{"Redis without enough replicas (`min-replicas-to-write`)", redisWithoutQuorum},
		{"`data.db` removed", fileRemoved},
		{"pages of `data.db` damaged", fileDamaged},
		{"`control.db` truncated, or gone", controlTruncated},
	} {
		t.Run(fault.name, func(t *testing.T) {
			rows = append(rows, fmt.Sprintf("| %s | | no result | | | | | | | |", fault.name))
			rows[len(rows)-1] = fault.bring(t).row(fault.name)
			if !strings.Contains(string(page), "| "+fault.name+" |") {
				t.Error("faults.md has no row for it")
			}
		})
	}
	table := tableHead + strings.Join(rows, "\n") + "\n"
	t.Log("\n" + table)
	if path := os.Getenv("TEMPSKV_FAULTS"); path != "" {
		if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
			t.Error(err)
		}
	}
}

const tableHead = `| fault | load | acknowledged | refused | unknown | lost | applied twice | slowest answer | recovered after | reported after |
|---|---|---|---|---|---|---|---|---|---|
`

// row returns a row of the table.
func (v result) row(fault string) string {
	lost := fmt.Sprint(v.Lost)
	if v.Lost > 0 {
		lost += fmt.Sprintf(", of the last %.1f s", v.Oldest.Seconds())
	}
	load := "none"
	if v.clients > 0 {
		load = fmt.Sprintf("%d clients, %.0f/s", v.clients, v.rate)
	}
	twice, recovered := fmt.Sprint(v.Twice), inUnits(v.recovered)
	if v.reported > 0 { // it can lose what was there: what counts is that it says so
		lost, twice, recovered = "", "", ""
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %s | %s | %s | %s | %s |", fault, load, v.Acked, v.Refused, v.Unknown, lost,
		twice, inUnits(v.Slowest), recovered, inUnits(v.reported))
}

// inUnits returns a time as people write it.
func inUnits(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
