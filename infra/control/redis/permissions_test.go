// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestPermissions gives users of Redis what the comment of the package says they need.
func TestPermissions(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	const connect = "+@connection +info"
	const reads = "resetchannels resetkeys %R~tempskv:{control}* %W~tempskv:{control}:used -@all +hmget +smembers +hset " + connect
	const manages = "~tempskv:{control}* +eval +hget +hdel +hexists +hincrby +hlen +hvals +hgetall +zadd +zrem +zrange +sadd " +
		"+srem +sismember +del +xadd +xrevrange"
	client := server.Client()
	for user, rules := range map[string]string{"data": reads, "manage": reads + " " + manages} {
		args := []any{"acl", "setuser", user, "on", ">secret"}
		for _, rule := range strings.Fields(rules) {
			args = append(args, rule)
		}
		if err := client.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	as := func(user string) string { return strings.Replace(server.URL, "://", "://"+user+":secret@", 1) }
	m := openOne(t, as("manage"), control.Config{})
	key := must[access.Token](t)(m.CreateFirstKey(t.Context()))
	if err := m.EnsureAdminKey(t.Context(), "tk_"+access.Token(strings.Repeat("a", 36))); err != nil {
		t.Error(err)
	}
	must[access.Project](t)(m.CreateProject(t.Context(), access.NewProject{}))
	must[[]access.Project](t)(m.ListProjects(t.Context()))
	must[[]access.Credential](t)(m.Tokens(t.Context(), 1))
	p := must[access.Project](t)(m.CreateProject(t.Context(), access.NewProject{Unverified: true}))
	err := errors.Join(m.Verify(t.Context(), []kv.ProjectID{p.ID}), m.DeleteProject(t.Context(), p.ID), m.Deleted(t.Context(), p.ID),
		m.SaveSettings(t.Context(), engine.DefaultSettings()), m.RecordAudit(t.Context(), access.AuditEntry{Action: "test"}),
		m.RecordAudit(t.Context(), access.AuditEntry{Action: "test", Kind: access.AuditAdmin}))
	if err != nil {
		t.Error(err)
	}
	if _, _, err := m.AuditEntries(t.Context(), 10, ""); err != nil {
		t.Error(err)
	}

	must[[]engine.Deletion](t)(m.Deletions(t.Context()))
	data := must[archive.Access](t)(m.ExportAccess(t.Context()))
	data.Projects = append(data.Projects, access.Project{ID: p.ID})
	data.Credentials = append(data.Credentials, archive.Credential{Credential: access.Credential{
		Principal: access.Principal{ID: "new", Project: p.ID}, LastUsedAt: time.UnixMicro(1)}})
	if err := m.ImportAccess(t.Context(), data); err != nil {
		t.Error(err)
	}
	if ok, err := m.SwapBackupSchedule(t.Context(), archive.Schedule{}, archive.Schedule{Every: time.Hour}); err != nil || !ok {
		t.Errorf("a schedule of backups: %v, %v", ok, err)
	}
	d := open(t, as("data"), control.Config{OnUse: true})
	must[*access.Principal](t)(d.Authenticate(t.Context(), key))
	must[bool](t)(d.HasProject(t.Context(), 1))
	must[engine.Settings](t)(d.Settings(t.Context()))
	must[[]kv.ProjectID](t)(d.Unverified(t.Context()))
	if _, err := d.CreateProject(t.Context(), access.NewProject{}); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("who may read created a project: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	used := must[[]access.Credential](t)(m.APIKeys(t.Context()))
	if used[0].LastUsedAt.IsZero() {
		t.Error("the last use was not recorded")
	}
	if err := m.RevokeAPIKey(t.Context(), used[0].ID, true); err != nil {
		t.Error(err)
	}
}
