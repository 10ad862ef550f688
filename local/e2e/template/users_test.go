// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package template_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control/controltest"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/infra/storetest"
)

// The users of the template, by the names of their resources.
const (
	dataUser       = "DataUser"
	managementUser = "ManagementUser"
)

// withUsers gives servers only the Redis users of the template, and returns rawURL with one of them. The
// password replaces the token of IAM.
func withUsers(t *testing.T, servers []*redistest.Server, rawURL string) (as func(user string) string) {
	t.Helper()
	var tm template
	readYAML(t, &tm, "template.yaml")
	for _, s := range servers {
		admin := s.Client()
		for _, user := range []string{dataUser, managementUser} {
			args := []any{"ACL", "SETUSER", user, "reset", ">secret"}
			for _, rule := range strings.Fields(tm.Resources[user].Properties.AccessString) {
				args = append(args, rule)
			}
			if err := admin.Do(t.Context(), args...).Err(); err != nil {
				t.Fatalf("%v: %v", args, err)
			}
		}
	}
	return func(user string) string {
		return strings.Replace(rawURL, "://", "://"+url.UserPassword(user, "secret").String()+"@", 1)
	}
}

// TestUsersOfTheTemplateServe runs the conformance suites as the users that the functions log in as, on a Cluster, which
// ElastiCache Serverless is to its clients.
func TestUsersOfTheTemplateServe(t *testing.T) {
	t.Parallel()
	for _, user := range []string{dataUser, managementUser} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			c := redistest.StartCluster(t, false)
			as := withUsers(t, c.Masters, c.URL)
			storetest.Run(t, func(t *testing.T) kv.Store {
				flush(t, c)
				return openStore(t, as(user))
			})
		})
	}
}

// TestManagementUserKeepsControlData runs the conformance suite of the control data as that user.
func TestManagementUserKeepsControlData(t *testing.T) {
	t.Parallel()
	controltest.Run(t, func(t *testing.T) func() controltest.Control {
		s := redistest.Start(t)
		as := withUsers(t, []*redistest.Server{s}, s.URL)
		return func() controltest.Control { return openControl(t, as(managementUser)) }
	})
}

// TestDataUserOnlyReadsControlData makes a token as the one user and uses it as the other, who can make none.
func TestDataUserOnlyReadsControlData(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false)
	as := withUsers(t, c.Masters, c.URL)
	manager := openControl(t, as(managementUser))
	t.Cleanup(func() { _ = manager.Close() })
	project, err := manager.CreateProject(t.Context(), access.NewProject{Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	token := access.NewToken(access.DeploymentToken)
	credential := access.Credential{Principal: access.Principal{Name: "web", Project: project.ID, Permissions: access.KvRead}}
	if _, err := manager.AddCredential(t.Context(), credential, token.Hash()); err != nil {
		t.Fatal(err)
	}
	reader := openControl(t, as(dataUser))
	t.Cleanup(func() { _ = reader.Close() })
	if who, err := reader.Authenticate(t.Context(), token); err != nil || who.Project != project.ID {
		t.Errorf("Authenticate as %s: %v, %v", dataUser, who, err)
	}
	if _, err := reader.Settings(t.Context()); err != nil {
		t.Errorf("Settings as %s: %v", dataUser, err)
	}
	for name, err := range map[string]error{
		"CreateProject": second(reader.CreateProject(t.Context(), access.NewProject{Name: "own"})),
		"DeleteProject": reader.DeleteProject(t.Context(), project.ID),
		"AddCredential": second(reader.AddCredential(t.Context(), credential, access.NewToken(access.DeploymentToken).Hash())),
		"SaveSettings":  reader.SaveSettings(t.Context(), engine.DefaultSettings()),
		"RecordAudit":   reader.RecordAudit(t.Context(), access.AuditEntry{}),
	} {
		if !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("%s as %s: %v, want a refusal by Redis", name, dataUser, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestUsersOfTheTemplateMayNoMore sends commands that neither user may send, or only the one for management.
func TestUsersOfTheTemplateMayNoMore(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	as := withUsers(t, []*redistest.Server{s}, s.URL)
	forbidden := [][]any{
		{"FLUSHALL"}, {"CONFIG", "GET", "*"}, {"ACL", "LIST"}, {"KEYS", "*"}, {"MONITOR"}, {"SHUTDOWN"},
		{"GET", "other"}, {"SET", "other", "1"}, {"SET", "tempskv", "1"}, {"EVAL", "return redis.call('GET', 'other')", "0"},
		{"SUBSCRIBE", "c"}, {"REPLICAOF", "NO", "ONE"}, {"SCRIPT", "FLUSH"}, {"CLUSTER", "RESET"}, {"CLIENT", "KILL", "ID", "1"},
	}
	refused := map[string][][]any{
		managementUser: forbidden,
		dataUser: append([][]any{
			{"HSET", "tempskv:{control}", "settings", "{}"}, {"DEL", "tempskv:{control}"}, {"UNLINK", "tempskv:{control}"},
			{"SET", "tempskv:{control}", "1"}, {"PEXPIRE", "tempskv:{control}", "1"}, {"XREVRANGE", "tempskv:{control}:audit", "+", "-"},
			{"EVAL", "return redis.call('HSET', KEYS[1], 'a', 'b')", "1", "tempskv:{control}"},
		}, forbidden...),
	}
	for user, commands := range refused {
		options, err := goredis.ParseURL(as(user))
		if err != nil {
			t.Fatal(err)
		}
		client := goredis.NewClient(options)
		t.Cleanup(func() { _ = client.Close() })
		if err := client.Set(t.Context(), "kv:p1:k", "1", 0).Err(); err != nil {
			t.Errorf("%s cannot set a key: %v", user, err)
		}
		for _, command := range commands {
			if err := client.Do(t.Context(), command...).Err(); !isNoPermission(err) {
				t.Errorf("%s may send %v: %v", user, command, err)
			}
		}
	}
}

// isNoPermission reports whether Redis refused a command, or one of its script, to the user.
func isNoPermission(err error) bool {
	return err != nil && (strings.HasPrefix(err.Error(), "NOPERM") || strings.Contains(err.Error(), "user executing the script can't") ||
		strings.Contains(err.Error(), "ACL failure in script"))
}

func flush(t *testing.T, c *redistest.Cluster) {
	t.Helper()
	for _, s := range c.Masters {
		if err := s.Client().FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func openStore(t *testing.T, rawURL string) *redis.Store {
	t.Helper()
	s, err := redis.Open(t.Context(), redis.Config{URL: rawURL})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openControl(t *testing.T, rawURL string) *control.Store {
	t.Helper()
	s, err := control.Open(t.Context(), control.Config{
		Redis: redis.Config{URL: rawURL}, OnUse: true, MaxSessions: controltest.MaxSessions, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
