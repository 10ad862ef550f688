// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package backups_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// schedule sets how often a backup is made by itself, and how many of them are kept.
func schedule(s *e2e.Server, hours, keep int) {
	s.T.Helper()
	s.Admin().Must(s.T, http.MethodPatch, "/api/kv/backup-schedule", e2e.Object{"every_hours": hours, "keep": keep}, nil)
}

// awaitBackups waits until there are so many by the schedule, and returns them.
func awaitBackups(s *e2e.Server, n int) (scheduled []e2e.Backup) {
	s.T.Helper()
	e2e.Eventually(s.T, "backups by themselves", func() string {
		scheduled = nil
		for _, b := range s.Backups() {
			if b.Trigger == "schedule" {
				scheduled = append(scheduled, b)
			}
		}
		if len(scheduled) != n {
			return fmt.Sprintf("there are %d, and are to be %d", len(scheduled), n)
		}
		return ""
	})
	return scheduled
}

// TestBackupSchedule has backups made by themselves: soon, and as many kept as it says.
func TestBackupSchedule(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	filled(t, s, 1, 1000)
	manual := s.CreateBackup()
	schedule(s, 24, 2)
	first := awaitBackups(s, 1)[0]
	if first.Keys != 1000 {
		t.Errorf("made %+v", first)
	}
	schedule(s, 12, 2) // another plan, which makes another one soon
	awaitBackups(s, 2)
	schedule(s, 6, 2)
	e2e.Eventually(t, "the first one to go", func() string {
		if r := s.Admin().Do(t, http.MethodGet, "/api/kv/backups/"+first.ID, nil); r.Status != http.StatusNotFound {
			return r.String()
		}
		return ""
	})
	for _, b := range append(awaitBackups(s, 2), manual) {
		s.VerifyBackup(b.ID)
	}
}

// TestBackupIsDueBeforeTheStoreIsUp starts a server whose Redis is not there. The backup waits for that.
func TestBackupIsDueBeforeTheStoreIsUp(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, e2e.FsyncAlways...)
	s, token := e2e.ServeRedis(t, redis.URL)
	s.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	s.Terminate()
	redis.Kill()
	s = s.Restart()
	schedule(s, 24, 0) // which is looked at
	e2e.ExpectUnavailable(t, s.As(token))
	redis.Restart()
	s.AwaitHealthy()
	if b := awaitBackups(s, 1)[0]; b.Keys != 1 {
		t.Errorf("made %+v", b)
	}
}

// TestOneServerMakesTheBackup has servers share control data and the directory of backups. A due backup is made once.
func TestOneServerMakesTheBackup(t *testing.T) {
	t.Parallel()
	redis, dir := redistest.Start(t), t.TempDir()
	a := e2e.ServeShared(t, redis.URL, "--backup-to", dir)
	a.Enable(e2e.Object{})
	filled(t, a, 1, fewKeys)
	servers := []*e2e.Server{a, e2e.ServeShared(t, redis.URL, "--backup-to", dir), e2e.ServeShared(t, redis.URL, "--backup-to", dir)}
	for _, s := range servers[1:] {
		s.AwaitHealthy()
	}
	schedule(servers[2], 24, 0)
	awaitBackups(servers[1], 1)
	<-time.After(25 * time.Second) // each of them looks every ten
	if made := awaitBackups(a, 1); made[0].Keys != fewKeys {
		t.Errorf("made %+v", made)
	}
	for _, s := range servers {
		s.Terminate()
	}
}
