// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// asked is the act of a moment that is one request of an administrator.
func asked(method, path string, body func(s *setup) any) func(context.Context, *setup) (e2e.Reply, error) {
	return func(ctx context.Context, s *setup) (e2e.Reply, error) {
		return s.g.Admin().Send(ctx, method, path, body(s))
	}
}

// none is for requests without a body, empty for those with an empty object.
func none(*setup) any { return nil }

func empty(*setup) any { return e2e.Object{} }

func killedDuringEnable(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) { s.g.Admin().Must(s.t, http.MethodDelete, "/api/kv/disable", nil, nil) },
		act:     asked(http.MethodPost, "/api/kv/enable", empty),
		check:   func(s *setup, _ bool) {}, // the workload reports whether its keys are there
	})(t)
}

func killedDuringDisable(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) {},
		act:     asked(http.MethodDelete, "/api/kv/disable", none),
		check:   func(s *setup, _ bool) {},
	})(t)
}

// killedDuringUpdate changes what each engine lets be changed.
func killedDuringUpdate(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) {
			s.before = s.maxMemory()
			s.after = map[string]string{"64mb": "128mb"}[s.before]
			if s.after == "" {
				s.after = "64mb"
			}
		},
		act: asked(http.MethodPatch, "/api/kv/update", func(s *setup) any {
			if s.redis == nil {
				return e2e.Object{"max_memory": s.after}
			}
			host := []string{"127.0.0.1", "localhost"}[s.round%2] // the same server under another name
			return e2e.Object{"redis_url": "redis://" + strings.Replace(s.redis.Addr, "127.0.0.1", host, 1)}
		}),
		check: func(s *setup, answered bool) {
			got := s.maxMemory()
			if s.redis != nil || got == s.after || got == s.before && !answered {
				return
			}
			s.t.Errorf("max_memory is %s; before it was %s, and %s was asked for (answered: %t)", got, s.before, s.after, answered)
		},
	})(t)
}

func (s *setup) maxMemory() string {
	s.t.Helper()
	var st struct {
		MaxMemory string `json:"max_memory"`
	}
	s.g.Admin().Must(s.t, http.MethodGet, "/api/kv/status", nil, &st)
	return st.MaxMemory
}

// subjectKeys is how many keys the subject has where they matter.
const subjectKeys = 3000

// killedDuringBackup checks that what is listed is whole, whatever was killed.
func killedDuringBackup(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) {
			if s.round == 0 {
				e2e.FillKeys(s.t, s.client(), subjectKeys)
			}
		},
		act: asked(http.MethodPost, "/api/kv/backups", empty),
		check: func(s *setup, answered bool) {
			list := s.g.Backups()
			if answered && len(list) == 0 {
				s.t.Error("a backup that was made is not listed")
			}
			for _, b := range list {
				if s.g.VerifyBackup(b.ID); b.Damaged {
					s.t.Errorf("listed as damaged: %+v", b)
				}
				s.g.Admin().Must(s.t, http.MethodDelete, "/api/kv/backups/"+b.ID, nil, nil)
			}
		},
	})(t)
}

// killedDuringRestore checks that the project holds what the backup holds once it is served again. Where nothing was
// answered it may also hold what it held before.
func killedDuringRestore(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) {
			c := s.client()
			if s.backup == "" {
				s.after = e2e.FillKeys(s.t, c, subjectKeys)
				var b e2e.Backup
				s.g.Admin().Must(s.t, http.MethodPost, "/api/kv/backups", e2e.Object{"project_id": s.subject}, &b)
				s.backup = b.ID
			}
			c.Must(s.t, http.MethodPost, "/api/kv/del", e2e.Object{"keys": []string{"many:0", "many:1999"}}, nil)
			c.Must(s.t, http.MethodPost, "/api/kv/set", e2e.Object{"key": "many:7", "value": s.round}, nil)
			s.before = e2e.DigestKeys(s.t, c, subjectKeys)
		},
		act: func(ctx context.Context, s *setup) (e2e.Reply, error) {
			return s.g.Admin().Send(ctx, http.MethodPost, e2e.RestorePath(s.backup), e2e.Object{"project_id": s.subject, "replace": true})
		},
		check: func(s *setup, answered bool) {
			e2e.Eventually(s.t, "the project to be served", func() string {
				if r := s.client().KV(s.t, "get", e2e.Object{"key": "many:7"}); r.Status != http.StatusOK {
					return r.String()
				}
				return ""
			})
			got := e2e.DigestKeys(s.t, s.client(), subjectKeys)
			if got != s.after && (answered || got != s.before) {
				s.t.Errorf("the project has neither the keys of the backup nor the earlier ones (answered: %t)", answered)
			}
		},
	})(t)
}

// killedDuringImport repeats an import that was interrupted: it succeeds, and everything is there then.
func killedDuringImport(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) {
			if s.file == "" {
				s.after = e2e.FillKeys(s.t, s.client(), subjectKeys)
				s.file = filepath.Join(s.t.TempDir(), "keys.ndjson")
				s.g.Run("export", "--project", fmt.Sprint(s.subject), s.file)
			}
			s.client().Must(s.t, http.MethodPost, "/api/kv/del", e2e.Object{"keys": []string{"many:0", "many:1999"}}, nil)
		},
		act: func(_ context.Context, s *setup) (e2e.Reply, error) {
			r := s.g.CLI("import", s.file, "--project", fmt.Sprint(s.subject))
			if r.Code != 0 {
				return e2e.Reply{}, fmt.Errorf("exit code %d: %s", r.Code, r.Stderr)
			}
			return e2e.Reply{Status: http.StatusOK}, nil
		},
		check: func(s *setup, answered bool) {
			if !answered {
				s.g.Run("import", s.file, "--project", fmt.Sprint(s.subject))
			}
			if e2e.DigestKeys(s.t, s.client(), subjectKeys) != s.after {
				s.t.Errorf("the project does not have the imported keys (answered: %t)", answered)
			}
		},
	})(t)
}

// killedDuringDeletion deletes a project with keys: it is there with all of them, or gone.
func killedDuringDeletion(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) {
			s.subject, s.token = s.g.CreateProject(fmt.Sprint("doomed ", s.round))
			s.before = e2e.FillKeys(s.t, s.client(), 1000)
		},
		act: func(ctx context.Context, s *setup) (e2e.Reply, error) {
			return s.g.Admin().Send(ctx, http.MethodDelete, fmt.Sprint("/api/projects/", s.subject), nil)
		},
		check: func(s *setup, answered bool) {
			switch r := s.client().KV(s.t, "get", e2e.Object{"key": "many:0"}); {
			case r.Status == http.StatusUnauthorized:
				e2e.ExpectIDUnused(s.t, s.g.Server, s.subject)
			case answered:
				s.t.Errorf("the token of a project that was deleted: %s", r)
			case e2e.DigestKeys(s.t, s.client(), 1000) != s.before:
				s.t.Error("a project exists after a deletion without an answer, but not all of its keys")
			}
		},
	})(t)
}

// killedDuringRevocation revokes a token: it is refused once that was answered, and accepted or refused before.
func killedDuringRevocation(t *testing.T) result {
	return during(moment{
		prepare: func(s *setup) {
			var made struct{ ID, Token string }
			s.g.Admin().Must(s.t, http.MethodPost, fmt.Sprintf("/api/projects/%d/tokens", s.subject), e2e.Object{"name": "doomed"}, &made)
			s.id, s.file = made.ID, made.Token
		},
		act: func(ctx context.Context, s *setup) (e2e.Reply, error) {
			return s.g.Admin().Send(ctx, http.MethodDelete, fmt.Sprintf("/api/projects/%d/tokens/%s", s.subject, s.id), nil)
		},
		check: func(s *setup, answered bool) {
			r := s.g.As(s.file).KV(s.t, "get", e2e.Object{"key": "a"})
			if r.Status != http.StatusUnauthorized && (answered || r.Status != http.StatusOK) {
				s.t.Errorf("a token whose revocation was answered (%t): %s", answered, r)
			}
		},
	})(t)
}
