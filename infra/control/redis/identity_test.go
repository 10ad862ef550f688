// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// dump dumps all keys of a server, and returns a function that restores them.
func dump(t *testing.T, server *redistest.Server) (restore func()) {
	t.Helper()
	client := server.Client()
	dumps := map[string]string{}
	for _, key := range must[[]string](t)(client.Keys(t.Context(), "*").Result()) {
		dumps[key] = must[string](t)(client.Dump(t.Context(), key).Result())
	}
	return func() {
		t.Helper()
		at := client.TxPipeline() // no client sees a state in between
		at.FlushAll(t.Context())
		for key, text := range dumps {
			at.Restore(t.Context(), key, 0, text)
		}
		must[[]goredis.Cmder](t)(at.Exec(t.Context()))
	}
}

// isGone checks that an error says to the caller that the control data are gone.
func isGone(t *testing.T, what string, err error) {
	t.Helper()
	refusal, ok := errors.AsType[*kv.Refusal](err)
	if !ok || !errors.Is(err, kv.ErrUnavailable) || !control.IsGone(err) || !strings.Contains(refusal.Detail, "Keep your tokens") {
		t.Errorf("%s: %v", what, err)
	}
}

// TestControlDataGone removes the control data while servers run, in each way in which that may happen: no token is
// called invalid, no new control data are begun, and all works once they are back.
func TestControlDataGone(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(t *testing.T, server *redistest.Server){
		"flushed": func(t *testing.T, server *redistest.Server) {
			must[string](t)(server.Client().FlushAll(t.Context()).Result())
		},
		"others": func(t *testing.T, server *redistest.Server) {
			must[string](t)(server.Client().FlushAll(t.Context()).Result())
			must[access.Token](t)(openOne(t, server.URL, control.Config{}).CreateFirstKey(t.Context()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forBothModes(t, func(t *testing.T, server *redistest.Server, a, b *control.Store) {
				key := must[access.Token](t)(a.CreateFirstKey(t.Context()))
				must[access.Project](t)(a.CreateProject(t.Context(), access.NewProject{Name: "p"}))
				local := access.NewToken(access.APIKey)
				b.AddLocal(access.Principal{ID: "local"}, local.Hash())
				eventually(t, "a known key", nil, asks(t.Context(), b, key))
				id := a.ID()
				restore := dump(t, server)

				take(t, server)
				eventually(t, "a known key", kv.ErrUnavailable, asks(t.Context(), b, key))
				left := must[[]string](t)(server.Client().Keys(t.Context(), "*").Result())
				isGone(t, "a known key", asks(t.Context(), b, key)())
				isGone(t, "an unknown one", asks(t.Context(), b, access.NewToken(access.APIKey))())
				isGone(t, "a key that was not asked for yet", asks(t.Context(), a, key)())
				_, err := b.HasProject(t.Context(), 1)
				isGone(t, "HasProject", err)
				_, err = a.CreateProject(t.Context(), access.NewProject{Name: "q"})
				isGone(t, "CreateProject", err)
				_, err = a.ListProjects(t.Context())
				isGone(t, "ListProjects", err)
				_, err = a.Settings(t.Context())
				isGone(t, "Settings", err)
				isGone(t, "RecordAudit", a.RecordAudit(t.Context(), access.AuditEntry{}))
				_, err = a.CreateFirstKey(t.Context())
				isGone(t, "CreateFirstKey", err)
				must[*access.Principal](t)(b.Authenticate(t.Context(), local))
				if w := b.Warnings(t.Context()); len(w) != 1 || w[0].Code != engine.WarnControlGone {
					t.Errorf("warnings %+v", w)
				}
				if diff := cmp.Diff(left, must[[]string](t)(server.Client().Keys(t.Context(), "*").Result())); diff != "" {
					t.Errorf("the servers have written: %s", diff)
				}

				restore()
				eventually(t, "a known key", nil, asks(t.Context(), b, key))
				eventually(t, "no warning", nil, func() error {
					if len(b.Warnings(t.Context())) > 0 {
						return errors.New("there is one")
					}
					return nil
				})
				if b.ID() != id {
					t.Errorf("the id is %s, want %s", b.ID(), id)
				}
			})
		})
	}
}

// TestControlDataOlder restores an older copy while servers run: a token that it lacks is not called invalid.
func TestControlDataOlder(t *testing.T) {
	t.Parallel()
	forBothModes(t, func(t *testing.T, server *redistest.Server, a, b *control.Store) {
		key := must[access.Token](t)(a.CreateFirstKey(t.Context()))
		older := dump(t, server)
		must[access.Project](t)(a.CreateProject(t.Context(), access.NewProject{Name: "p"}))
		token := access.NewToken(access.DeploymentToken)
		must[access.Credential](t)(a.AddCredential(t.Context(), access.Credential{Principal: access.Principal{Project: 1}}, token.Hash()))
		eventually(t, "a token", nil, asks(t.Context(), b, token))
		newest := dump(t, server)

		older()
		eventually(t, "a token that is lost", kv.ErrUnavailable, asks(t.Context(), b, token))
		for range 20 {
			for _, lost := range []access.Token{token, access.NewToken(access.APIKey)} {
				if err := asks(t.Context(), b, lost)(); !errors.Is(err, kv.ErrUnavailable) {
					t.Fatalf("a token that may be lost: %v", err)
				}
			}
			must[*access.Principal](t)(b.Authenticate(t.Context(), key))
		}
		if w := b.Warnings(t.Context()); len(w) != 1 || w[0].Code != engine.WarnControlOlder {
			t.Errorf("warnings %+v", w)
		}
		newest()
		eventually(t, "the token", nil, asks(t.Context(), b, token))
		eventually(t, "an unknown token", kv.ErrUnauthorized, asks(t.Context(), b, access.NewToken(access.APIKey)))
		if w := b.Warnings(t.Context()); len(w) > 0 {
			t.Errorf("warnings %+v", w)
		}
	})
}

// TestFreshStart opens stores where control data have been.
func TestFreshStart(t *testing.T) {
	t.Parallel()
	server, keys := redistest.Start(t), redistest.Start(t)
	refused := func(what string, cfg control.Config) {
		t.Helper()
		cfg.Redis.URL = server.URL
		s, err := control.Open(t.Context(), cfg)
		if err == nil {
			_ = s.Close()
		}
		isGone(t, what, err)
		if n := must[int64](t)(server.Client().Exists(t.Context(), "tempskv:{control}").Result()); n != 0 {
			t.Errorf("%s: control data were begun", what)
		}
	}
	refused("with an id", control.Config{ID: "FORMER"})
	must[string](t)(keys.Client().Set(t.Context(), redis.OwnerKey, "FORMER", 0).Result())
	refused("with a mark in the Redis of the keys", control.Config{Keys: redis.Config{URL: keys.URL}})
	must[string](t)(server.Client().Set(t.Context(), redis.OwnerKey, "FORMER", 0).Result())
	refused("with a mark", control.Config{})
	must[int64](t)(server.Client().Del(t.Context(), redis.OwnerKey).Result())

	var remembered []string
	s := openOne(t, server.URL, control.Config{Remember: func(id string) { remembered = append(remembered, id) }})
	must[access.Token](t)(s.CreateFirstKey(t.Context()))
	if diff := cmp.Diff([]string{s.ID()}, remembered); diff != "" || s.ID() == "" {
		t.Error(diff)
	}
	_, err := control.Open(t.Context(), control.Config{Redis: redis.Config{URL: server.URL}, ID: "FORMER"})
	isGone(t, "with another id", err)
	openOne(t, server.URL, control.Config{ID: s.ID()})
}

// TestBegin begins control data again while servers run and projects have keys.
func TestBegin(t *testing.T) {
	t.Parallel()
	forBothModes(t, func(t *testing.T, server *redistest.Server, a, b *control.Store) {
		here := control.Config{Redis: redis.Config{URL: server.URL}}
		if _, err := control.Begin(t.Context(), here); !errors.Is(err, kv.ErrConflict) {
			t.Errorf("before there were any: %v", err)
		}
		key := must[access.Token](t)(a.CreateFirstKey(t.Context()))
		eventually(t, "a known key", nil, asks(t.Context(), b, key))
		client := server.Client()
		must[string](t)(client.FlushAll(t.Context()).Result())
		must[string](t)(client.MSet(t.Context(), "kv:p7:a", "1", redis.OwnerKey, a.ID()).Result())
		eventually(t, "a known key", kv.ErrUnavailable, asks(t.Context(), b, key))
		if id := must[string](t)(control.Begin(t.Context(), here)); id != a.ID() {
			t.Errorf("began with %s, want %s", id, a.ID())
		}
		eventually(t, "a key that is gone", kv.ErrUnauthorized, asks(t.Context(), b, key))
		next := must[access.Token](t)(b.CreateFirstKey(t.Context()))
		eventually(t, "the next key", nil, asks(t.Context(), a, next))
		if p := must[access.Project](t)(a.CreateProject(t.Context(), access.NewProject{Name: "p"})); p.ID != 8 {
			t.Errorf("the next project is %d", p.ID)
		}
		if _, err := control.Begin(t.Context(), here); !errors.Is(err, kv.ErrConflict) {
			t.Errorf("where there are some: %v", err)
		}
	})
}

// TestBeginOverOthersKeys checks that the id of a service whose control data are in a file is refused: both would create
// projects with the same ids.
func TestBeginOverOthersKeys(t *testing.T) {
	t.Parallel()
	server, keys := redistest.Start(t), redistest.Start(t)
	cfg := control.Config{Redis: redis.Config{URL: server.URL}, Keys: redis.Config{URL: keys.URL}}
	must[string](t)(keys.Client().Set(t.Context(), redis.OwnerKey, "86d81ceb64fcceb9", 0).Result())
	_, err := control.Open(t.Context(), cfg)
	if err == nil || !control.IsGone(err) || strings.Contains(err.Error(), "accept-empty") {
		t.Errorf("over keys of a file's projects: %v", err)
	}
	if id, err := control.Begin(t.Context(), cfg); !errors.Is(err, kv.ErrConflict) {
		t.Errorf("began with %q: %v", id, err)
	}
	if n := must[int64](t)(server.Client().Exists(t.Context(), "tempskv:{control}").Result()); n != 0 {
		t.Error("control data were begun")
	}
}
