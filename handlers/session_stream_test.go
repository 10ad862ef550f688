// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// oneSession has one session, of an administrator; fails says how the next looks at it go.
type oneSession struct {
	access.Sessions
	reads atomic.Int64
	fails func(read int64) error
}

func (o *oneSession) Session(context.Context, access.TokenHash) (access.Session, error) {
	now := time.Now()
	s := access.Session{ID: "s", Key: adminToken.Hash(), Secret: access.Token("cs").Hash(), CreatedAt: now.Add(-1), LastUsedAt: now, ExpiresAt: now.Add(time.Hour)}
	return s, o.fails(o.reads.Add(1))
}

func (o *oneSession) AuthenticateHash(context.Context, access.TokenHash) (*access.Principal, error) {
	return &access.Principal{ID: "a", Permissions: access.SystemAdmin}, nil
}

func (o *oneSession) EndSession(context.Context, access.TokenHash) error { return nil }

// A stream of a session goes on where the session cannot be read once, and ends where it has ended, or cannot be read for long.
func TestStreamsOfSessions(t *testing.T) {
	t.Parallel()
	const first = 1000 // the read at which something ends
	for name, fails := range map[string]func(read int64) error{
		"ended": func(read int64) error {
			if read >= first {
				return kv.ErrUnauthorized
			}
			return nil
		},
		"out of reach": func(read int64) error {
			if read >= first || read > 1 && read%2 == 0 {
				return kv.ErrUnavailable
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				service := lifecycle.New(fakeControl{}, lifecycle.Config{})
				run(t, service)
				session := &oneSession{fails: fails}
				api := handlers.New(handlers.Deps{Service: service, Control: fakeControl{}, Sessions: session})
				r := httptest.NewRequest(http.MethodGet, "http://kv.example/api/kv/events", nil)
				r.AddCookie(&http.Cookie{Name: "tempskv_session", Value: string(access.NewToken(access.SessionCookie))})
				r.Header.Set("X-CSRF-Token", "cs")
				answer := httptest.NewRecorder()
				api.ServeHTTP(answer, r)
				if got := session.reads.Load(); got < first || got > first+1 || answer.Code != http.StatusOK {
					t.Errorf("answered %d after %d reads of the session: %s", answer.Code, got, answer.Body)
				}
			})
		})
	}
}
