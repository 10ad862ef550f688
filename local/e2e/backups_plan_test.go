// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// schedule sets how often a backup is made by itself, and how many of them are kept.
func (s *server) schedule(hours, keep int) {
	s.t.Helper()
	s.admin().must(s.t, http.MethodPatch, "/api/kv/backup-schedule", object{"every_hours": hours, "keep": keep}, nil)
}

// awaitBackups waits until there are so many by the schedule, and returns them.
func (s *server) awaitBackups(n int) (scheduled []backup) {
	s.t.Helper()
	eventually(s.t, "backups by themselves", func() string {
		scheduled = nil
		for _, b := range s.backups() {
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
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	filled(t, s, 1, 1000)
	manual := s.backUp()
	s.schedule(24, 2)
	first := s.awaitBackups(1)[0]
	if first.Keys != 1000 {
		t.Errorf("made %+v", first)
	}
	s.schedule(12, 2) // another plan, which makes another one soon
	s.awaitBackups(2)
	s.schedule(6, 2)
	eventually(t, "the first one to go", func() string {
		if r := s.admin().do(t, http.MethodGet, "/api/kv/backups/"+first.ID, nil); r.status != http.StatusNotFound {
			return r.String()
		}
		return ""
	})
	for _, b := range append(s.awaitBackups(2), manual) {
		s.verify(b.ID)
	}
}

// TestBackupIsDueBeforeTheStoreIsUp starts a server whose Redis is not there. The backup waits for that.
func TestBackupIsDueBeforeTheStoreIsUp(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, durable...)
	s, token := overRedis(t, redis.URL)
	s.as(token).wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	s.terminate()
	redis.Kill()
	s = s.again()
	s.schedule(24, 0) // which is looked at
	unavailable(t, s.as(token))
	redis.Restart()
	s.awaitHealthy()
	if b := s.awaitBackups(1)[0]; b.Keys != 1 {
		t.Errorf("made %+v", b)
	}
}

// TestOneServerMakesTheBackup has servers share control data and the directory of backups. The one that is due is made once.
func TestOneServerMakesTheBackup(t *testing.T) {
	t.Parallel()
	redis, dir := redistest.Start(t), t.TempDir()
	a := sharing(t, redis.URL, "--backup-to", dir)
	a.enable(object{})
	filled(t, a, 1, fewKeys)
	servers := []*server{a, sharing(t, redis.URL, "--backup-to", dir), sharing(t, redis.URL, "--backup-to", dir)}
	for _, s := range servers[1:] {
		s.awaitHealthy()
	}
	servers[2].schedule(24, 0)
	servers[1].awaitBackups(1)
	<-time.After(25 * time.Second) // each of them looks every ten
	if made := a.awaitBackups(1); made[0].Keys != fewKeys {
		t.Errorf("made %+v", made)
	}
	for _, s := range servers {
		s.terminate()
	}
}
