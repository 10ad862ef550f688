// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// patience is how long something may take on a busy machine before a test gives up on it.
const patience = 2 * time.Minute

// poll is how often something that takes a while is checked.
const poll = 2 * time.Millisecond

// eventually calls f until the error is of that kind; nil is success.
func eventually(t *testing.T, what string, want error, ask func() error) {
	t.Helper()
	var err error
	for limit := time.Now().Add(patience); time.Now().Before(limit); <-time.After(poll) {
		if err = ask(); errors.Is(err, want) {
			return
		}
	}
	t.Fatalf("%s: %v, want %v", what, err, want)
}

// asks returns whether a token is accepted.
func asks(ctx context.Context, s *control.Store, token access.Token) func() error {
	return func() error {
		_, err := s.Authenticate(ctx, token)
		return err
	}
}

// forBothModes runs a test with two stores on one Redis, with a short MaxAge.
func forBothModes(t *testing.T, test func(t *testing.T, server *redistest.Server, a, b *control.Store)) {
	for name, cfg := range map[string]control.Config{
		"following": {PollEvery: 10 * time.Millisecond},
		"on use":    {OnUse: true, MaxAge: 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			test(t, server, openOne(t, server.URL, cfg), openOne(t, server.URL, cfg))
		})
	}
}

func TestOthersSeeChanges(t *testing.T) {
	t.Parallel()
	forBothModes(t, func(t *testing.T, _ *redistest.Server, a, b *control.Store) {
		key := must[access.Token](t)(a.CreateFirstKey(t.Context()))
		must[*access.Principal](t)(b.Authenticate(t.Context(), key))

		has := func() error {
			there, err := b.HasProject(t.Context(), 1)
			if err == nil && !there {
				err = kv.ErrProjectNotFound
			}
			return err
		}
		eventually(t, "a project that is not there", kv.ErrProjectNotFound, has)
		must[access.Project](t)(a.CreateProject(t.Context(), access.NewProject{}))
		eventually(t, "a new project", nil, has)

		token := access.NewToken(access.DeploymentToken)
		must[access.Credential](t)(a.AddCredential(t.Context(), access.Credential{Principal: access.Principal{Project: 1}}, token.Hash()))
		must[*access.Principal](t)(b.Authenticate(t.Context(), token))
		if err := a.DeleteProject(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a token of a deleted project", kv.ErrUnauthorized, asks(t.Context(), b, token))
		eventually(t, "a deleted project", kv.ErrProjectNotFound, has)

		for _, admin := range []access.Token{"tk_" + access.Token(strings.Repeat("a", 36)), "tk_" + access.Token(strings.Repeat("b", 36))} {
			eventually(t, "a key that is not set", kv.ErrUnauthorized, asks(t.Context(), b, admin))
			if err := a.EnsureAdminKey(t.Context(), admin); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the administrator's own key", nil, asks(t.Context(), b, admin))
		}
		keys := must[[]access.Credential](t)(b.APIKeys(t.Context()))
		if err := b.RevokeAPIKey(t.Context(), keys[0].ID, true); err != nil {
			t.Fatal(err)
		}
		if err := asks(t.Context(), b, key)(); !errors.Is(err, kv.ErrUnauthorized) {
			t.Errorf("revoked here: %v", err)
		}
		eventually(t, "a revoked key", kv.ErrUnauthorized, asks(t.Context(), a, key))
	})
}

// What one server imports is soon known to the others, even if they had found it absent.
func TestOthersSeeImports(t *testing.T) {
	t.Parallel()
	forBothModes(t, func(t *testing.T, _ *redistest.Server, a, b *control.Store) {
		p := must[access.Project](t)(a.CreateProject(t.Context(), access.NewProject{Name: "shop"}))
		token, admin := access.NewToken(access.DeploymentToken), access.Token("tk_"+strings.Repeat("a", 36))
		must[access.Credential](t)(a.AddCredential(t.Context(), access.Credential{Principal: access.Principal{Project: p.ID}}, token.Hash()))
		if err := a.EnsureAdminKey(t.Context(), admin); err != nil {
			t.Fatal(err)
		}
		d := must[archive.Access](t)(a.ExportAccess(t.Context()))
		if err := errors.Join(a.DeleteProject(t.Context(), p.ID), a.Deleted(t.Context(), p.ID), a.RevokeAPIKey(t.Context(), "admin-env", true)); err != nil {
			t.Fatal(err)
		}
		limits := func(want access.ProjectLimits) func() error {
			return func() error {
				got, err := b.ProjectLimits(t.Context(), p.ID)
				if err == nil && got != want {
					err = fmt.Errorf("limits %+v", got)
				}
				return err
			}
		}
		eventually(t, "a deleted project", nil, limits(access.ProjectLimits{}))
		eventually(t, "its token", kv.ErrUnauthorized, asks(t.Context(), b, token))
		eventually(t, "the administrator's key", kv.ErrUnauthorized, asks(t.Context(), b, admin))
		for _, want := range []access.ProjectLimits{{Keys: 7}, {Keys: 8, Bytes: 9}} {
			d.Projects[0].Limits = want
			if err := a.ImportAccess(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			eventually(t, "its limits", nil, limits(want))
			eventually(t, "its token", nil, asks(t.Context(), b, token))
			eventually(t, "the administrator's key", nil, asks(t.Context(), b, admin))
		}
	})
}

// A Redis without memory applies nothing of an import, not even what would make room.
func TestImportWithoutMemory(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := openOne(t, server.URL, control.Config{})
	p := must[access.Project](t)(s.CreateProject(t.Context(), access.NewProject{Name: "deleted"}))
	data := must[archive.Access](t)(s.ExportAccess(t.Context()))
	if err := errors.Join(s.DeleteProject(t.Context(), p.ID), s.Deleted(t.Context(), p.ID)); err != nil {
		t.Fatal(err)
	}
	before := must[map[string]string](t)(server.Client().HGetAll(t.Context(), "tempskv:{control}").Result())
	must[string](t)(server.Client().ConfigSet(t.Context(), "maxmemory", "1").Result())
	if err := s.ImportAccess(t.Context(), data); !errors.Is(err, kv.ErrOutOfMemory) {
		t.Errorf("got %v", err)
	}
	after := must[map[string]string](t)(server.Client().HGetAll(t.Context(), "tempskv:{control}").Result())
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if !must[bool](t)(server.Client().SIsMember(t.Context(), "tempskv:{control}:deleted", "1").Result()) {
		t.Error("the project is not deleted any more")
	}
	must[string](t)(server.Client().ConfigSet(t.Context(), "maxmemory", "0").Result())
	if err := s.ImportAccess(t.Context(), data); err != nil {
		t.Error(err)
	}
}

func TestSettingsOfAnother(t *testing.T) {
	t.Parallel()
	forBothModes(t, func(t *testing.T, _ *redistest.Server, a, b *control.Store) {
		before := must[engine.Settings](t)(b.Settings(t.Context()))
		on := before
		on.Enabled = true
		if err := a.SaveSettings(t.Context(), on); err != nil {
			t.Fatal(err)
		}
		eventually(t, "word of the change", nil, func() error {
			_, _ = b.Authenticate(t.Context(), access.NewToken(access.APIKey)) // a check, if there are no periodic ones
			select {
			case <-b.Changed():
				return nil
			default:
				return errors.New("none")
			}
		})
		if err := b.SaveSettings(t.Context(), before); !errors.Is(err, kv.ErrBusy) {
			t.Errorf("settings saved over another's: %v", err)
		}
		if got := must[engine.Settings](t)(b.Settings(t.Context())); got != on {
			t.Errorf("settings %+v", got)
		}
		if err := b.SaveSettings(t.Context(), before); err != nil {
			t.Error(err)
		}
	})
}

// TestRestoreOfAnother checks that other processes know of a restore, and that none answers from memory once Redis cannot
// be asked.
func TestRestoreOfAnother(t *testing.T) {
	t.Parallel()
	forBothModes(t, func(t *testing.T, server *redistest.Server, a, b *control.Store) {
		if done := must[bool](t)(a.SwapDocument(t.Context(), engine.RestoreDocument, "", "restoring")); !done {
			t.Fatal("not stored")
		}
		if got := must[string](t)(a.RestoreDocument(t.Context())); got != "restoring" {
			t.Errorf("who stored it sees %q", got)
		}
		eventually(t, "word of it", nil, func() error {
			if got, err := b.RestoreDocument(t.Context()); err != nil || got != "restoring" {
				return errors.New(got)
			}
			return nil
		})
		server.Kill()
		eventually(t, "an old answer to end", kv.ErrUnavailable, func() error {
			_, err := b.RestoreDocument(t.Context())
			return err
		})
	})
}

// TestReadOnce counts the reads for tokens and projects that are used repeatedly, or do not exist.
func TestReadOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := openOne(t, server.URL, control.Config{OnUse: true, MaxAge: time.Hour})
	other := openOne(t, server.URL, control.Config{OnUse: true, MaxAge: time.Hour})
	key := must[access.Token](t)(other.CreateFirstKey(t.Context()))
	must[*access.Principal](t)(s.Authenticate(t.Context(), key)) // sees that there are control data at all
	client := server.Client()
	before := calls(t, client, "hmget")
	unknown := access.NewToken(access.APIKey)
	for range 100 {
		must[*access.Principal](t)(s.Authenticate(t.Context(), key))
		_, err := s.Authenticate(t.Context(), unknown)
		if !errors.Is(err, kv.ErrUnauthorized) {
			t.Fatal(err)
		}
		must[bool](t)(s.HasProject(t.Context(), 5))
		_, _ = s.Authenticate(t.Context(), "tk_"+access.Token(strings.Repeat("c", 36))) // implausible: never asked for
	}
	if got := calls(t, client, "hmget") - before; got != 2 {
		t.Errorf("%d reads for 400 questions, want one for each of two things", got)
	}
}

// TestRedisGoes ends Redis: what is in memory is valid until it is too old, and then every token is refused.
func TestRedisGoes(t *testing.T) {
	t.Parallel()
	const maxAge = 6 * time.Second // more than a busy machine takes for one question
	for fault, f := range map[string]struct{ away, back func(s *redistest.Server) }{
		"killed": {(*redistest.Server).Kill, (*redistest.Server).Restart},
		"frozen": {(*redistest.Server).Stop, (*redistest.Server).Cont},
	} {
		for mode, cfg := range map[string]control.Config{
			"following": {PollEvery: 10 * time.Millisecond, MaxAge: maxAge, Timeout: time.Second},
			"on use":    {OnUse: true, MaxAge: maxAge, Timeout: time.Second},
		} {
			t.Run(fault+", "+mode, func(t *testing.T) {
				t.Parallel()
				server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
				s := openOne(t, server.URL, cfg)
				key := must[access.Token](t)(s.CreateFirstKey(t.Context()))
				eventually(t, "a token", nil, asks(t.Context(), s, key))
				f.away(server)
				must[*access.Principal](t)(s.Authenticate(t.Context(), key))
				eventually(t, "a known token", kv.ErrUnavailable, asks(t.Context(), s, key))
				eventually(t, "an unknown one", kv.ErrUnavailable, asks(t.Context(), s, access.NewToken(access.APIKey)))
				f.back(server)
				eventually(t, "a known token", nil, asks(t.Context(), s, key))
			})
		}
	}
}

func TestNewerSchema(t *testing.T) {
	t.Parallel()
	forBothModes(t, func(t *testing.T, server *redistest.Server, a, _ *control.Store) {
		key := must[access.Token](t)(a.CreateFirstKey(t.Context()))
		must[*access.Principal](t)(a.Authenticate(t.Context(), key))
		must[int64](t)(server.Client().HSet(t.Context(), "tempskv:{control}", "schema", "2").Result())
		var refusal *kv.Refusal
		cfg := control.Config{}
		cfg.Redis.URL = server.URL
		if _, err := control.Open(t.Context(), patient(cfg)); !errors.As(err, &refusal) || !strings.Contains(refusal.Detail, "schema 2") {
			t.Errorf("opened: %v", err)
		}
		_, err := a.CreateProject(t.Context(), access.NewProject{})
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Detail, "schema 2") {
			t.Errorf("changed: %v", err)
		}
		if n := must[int64](t)(server.Client().Exists(t.Context(), "tempskv:{control}:projects").Result()); n != 0 {
			t.Error("a project was created")
		}
		eventually(t, "a token", kv.ErrUnavailable, asks(t.Context(), a, key))
	})
}

func TestLocalCredential(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := openOne(t, server.URL, control.Config{})
	token := access.NewToken(access.APIKey)
	s.AddLocal(access.Principal{ID: "local", Permissions: access.SystemAdmin}, token.Hash())
	if d := must[archive.Access](t)(s.ExportAccess(t.Context())); len(d.Credentials) != 0 {
		t.Errorf("exported: %v", d.Credentials)
	}
	server.Kill()
	must[*access.Principal](t)(s.Authenticate(t.Context(), token))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
