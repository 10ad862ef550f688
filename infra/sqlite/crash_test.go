// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/sqlite"
)

// childFile is the variable that makes this test binary a process that begins to migrate a file and never ends.
const childFile = "TEMPSKV_TEST_MIGRATE"

// endless is a migration that changes much and never ends.
const endless = `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 1000 + i, NULL FROM n`

func TestMain(m *testing.M) {
	path, child := os.LookupEnv(childFile)
	if !child {
		os.Exit(m.Run())
	}
	_, err := sqlite.Open(context.Background(), path, []string{createTable, second, endless})
	fmt.Fprintln(os.Stderr, "the endless migration ended:", err)
	os.Exit(1)
}

// A process is killed during a migration that has written more than SQLite holds in memory: the file is unchanged, for
// the old program and for the next attempt.
func TestKilledDuringAMigration(t *testing.T) {
	t.Parallel()
	p := path(t)
	d := open(t, p, createTable)
	exec(t, d, "INSERT INTO t VALUES (1, NULL)")
	d.Close()

	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), exe)
	cmd.Env, cmd.Stderr = append(os.Environ(), childFile+"="+p), os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitLog(t, p, 1<<20)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // which reports that it was killed

	d = open(t, p, createTable)
	if got := count(t, d); got != 1 || d.Copy != "" {
		t.Errorf("%d rows and the copy %q, for the program before", got, d.Copy)
	}
	d.Close()
	if got := count(t, open(t, p+".v1", createTable)); got != 1 {
		t.Errorf("%d rows in the copy", got)
	}
	d = open(t, p, createTable, second)
	if got := count(t, d); got != 2 || d.Copy != p+".v1" {
		t.Errorf("%d rows and the copy %q, after the next try", got, d.Copy)
	}
}

// awaitLog waits until the file's log has grown to size, in bytes.
func awaitLog(t *testing.T, path string, size int64) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		if info, err := os.Stat(path + "-wal"); err == nil && info.Size() >= size {
			return
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
	t.Fatal("the migration did not get that far")
}
