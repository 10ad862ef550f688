// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// before passes connections on to a server, and calls the func that was set last before it passes on an HMGET, the
// command of every read of a credential or project.
type before struct {
	url   string
	hmget atomic.Pointer[func()]
}

func (b *before) do(f func()) { b.hmget.Store(&f) }

func startBefore(t *testing.T, server *redistest.Server) *before {
	t.Helper()
	l := redistest.Listen(t)
	b := &before{url: strings.Replace(server.URL, server.Addr, l.Addr().String(), 1)}
	b.do(func() {})
	redistest.Forward(l, server.Addr, b.pass, redistest.Copy)
	return b
}

func (b *before) pass(to, from net.Conn) {
	buffer := make([]byte, 1<<20)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if bytes.HasPrefix(buffer[:n], []byte("*")) && bytes.Contains(buffer[:min(n, 32)], []byte("\r\nhmget\r\n")) {
			(*b.hmget.Load())()
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// churning are the ways to change control data before each time that they are read.
var churning = map[string]func(t *testing.T, c *goredis.Client, s *control.Store) func(){
	"by others": func(t *testing.T, c *goredis.Client, _ *control.Store) func() {
		return func() {
			generation := strconv.FormatUint(rand.Uint64(), 36)
			if err := c.HSet(t.Context(), "tempskv:{control}", "generation", generation).Err(); err != nil && t.Context().Err() == nil {
				t.Error(err)
			}
		}
	},
	"by itself": func(t *testing.T, _ *goredis.Client, s *control.Store) func() {
		return func() {
			if _, err := s.CreateProject(t.Context(), access.NewProject{}); err != nil && t.Context().Err() == nil {
				t.Error(err)
			}
		}
	},
}

// TestChurn changes the control data before each read of them: valid tokens are still accepted, others are refused, and
// projects and limits are correct.
func TestChurn(t *testing.T) {
	t.Parallel()
	const timeout = 20 * time.Second // of a busy machine
	for mode, cfg := range map[string]control.Config{
		"following": {PollEvery: time.Millisecond, MaxAge: time.Nanosecond},
		"on use":    {OnUse: true, MaxAge: time.Nanosecond},
	} {
		cfg.Timeout, cfg.Redis.Timeout = timeout, timeout
		for by, churn := range churning {
			for known, tokens := range map[string]int{"few": 2, "many": 1100} {
				t.Run(mode+", "+by+", "+known+" tokens", func(t *testing.T) {
					t.Parallel()
					server := redistest.Start(t)
					proxy := startBefore(t, server)
					s := openOne(t, proxy.url, cfg)
					testChurn(t, s, tokens, func() { proxy.do(churn(t, server.Client(), s)) })
				})
			}
		}
	}
}

func testChurn(t *testing.T, s *control.Store, known int, churn func()) {
	p := must[access.Project](t)(s.CreateProject(t.Context(), access.NewProject{}))
	limits := access.ProjectLimits{Keys: 7}
	must[access.Project](t)(s.UpdateProject(t.Context(), p.ID, access.ProjectChange{Keys: &limits.Keys}))
	tokens := make([]access.Token, known+1) // the last is not asked for before the changes
	ids := make([]string, len(tokens))
	for i := range tokens {
		tokens[i] = access.NewToken(access.DeploymentToken)
		c := access.Credential{Principal: access.Principal{Project: p.ID}}
		ids[i] = must[access.Credential](t)(s.AddCredential(t.Context(), c, tokens[i].Hash())).ID
	}
	for _, token := range tokens[:known] {
		must[*access.Principal](t)(s.Authenticate(t.Context(), token))
	}
	churn()
	for range 2 {
		for _, token := range []access.Token{tokens[0], tokens[known-1], tokens[known]} {
			must[*access.Principal](t)(s.Authenticate(t.Context(), token))
		}
		if _, err := s.Authenticate(t.Context(), access.NewToken(access.DeploymentToken)); !errors.Is(err, kv.ErrUnauthorized) {
			t.Fatalf("an unknown token: %v", err)
		}
		if !must[bool](t)(s.HasProject(t.Context(), p.ID)) || must[bool](t)(s.HasProject(t.Context(), kv.MaxProjectID)) {
			t.Fatal("a project is not there, or one that is not is")
		}
		if got := must[access.ProjectLimits](t)(s.ProjectLimits(t.Context(), p.ID)); got != limits {
			t.Fatalf("limits %+v", got)
		}
	}
	if err := s.RevokeToken(t.Context(), p.ID, ids[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(t.Context(), tokens[0]); !errors.Is(err, kv.ErrUnauthorized) {
		t.Errorf("revoked and accepted: %v", err)
	}
}

// TestSettingsChurn changes settings and documents: known credentials are not read again.
func TestSettingsChurn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := openOne(t, server.URL, control.Config{OnUse: true, MaxAge: time.Nanosecond})
	key := must[access.Token](t)(s.CreateFirstKey(t.Context()))
	must[*access.Principal](t)(s.Authenticate(t.Context(), key))
	before := calls(t, server.Client(), "hmget")
	for i := range 10 {
		if !must[bool](t)(s.SwapDocument(t.Context(), "a", strings.Repeat("x", i), strings.Repeat("x", i+1))) {
			t.Fatal("another text is stored")
		}
		must[*access.Principal](t)(s.Authenticate(t.Context(), key))
		select {
		case <-s.Changed():
		default:
			t.Error("no word of the change")
		}
	}
	if got := calls(t, server.Client(), "hmget") - before; got != 10 {
		t.Errorf("%d reads for 10 looks", got)
	}
}

// TestRevokedDuringLook revokes a token while another goroutine reads the control data again: what was read before does
// not make it valid again.
func TestRevokedDuringLook(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := startBefore(t, server)
	s := openOne(t, proxy.url, control.Config{OnUse: true, MaxAge: time.Hour})
	other := openOne(t, server.URL, control.Config{OnUse: true, MaxAge: time.Hour})
	p := must[access.Project](t)(s.CreateProject(t.Context(), access.NewProject{}))
	for range 20 {
		token, next := access.NewToken(access.DeploymentToken), access.NewToken(access.DeploymentToken)
		c := must[access.Credential](t)(s.AddCredential(t.Context(), access.Credential{Principal: access.Principal{Project: p.ID}}, token.Hash()))
		must[*access.Principal](t)(s.Authenticate(t.Context(), token))
		must[access.Project](t)(other.CreateProject(t.Context(), access.NewProject{})) // the next read sees another generation
		var once sync.Once
		proxy.do(func() {
			once.Do(func() {
				if err := s.RevokeToken(t.Context(), p.ID, c.ID); err != nil {
					t.Error(err)
				}
			})
		})
		_, _ = s.Authenticate(t.Context(), next)
		if _, err := s.Authenticate(t.Context(), token); !errors.Is(err, kv.ErrUnauthorized) {
			t.Fatalf("revoked and accepted: %v", err)
		}
	}
}

// TestCrowd has many callers of a slow Redis. One of them checks for all that wait, so that none waits too long.
func TestCrowd(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := startBefore(t, server)
	s := openOne(t, proxy.url, control.Config{OnUse: true, MaxAge: time.Nanosecond, Timeout: 20 * time.Second})
	key := must[access.Token](t)(s.CreateFirstKey(t.Context()))
	must[*access.Principal](t)(s.Authenticate(t.Context(), key))
	var looks atomic.Int64
	const callers = 200
	var crowd, asking sync.WaitGroup
	asking.Add(callers)
	proxy.do(func() { asking.Wait(); looks.Add(1) })
	for range callers {
		crowd.Go(func() {
			asking.Done()
			if _, err := s.Authenticate(t.Context(), key); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	if n := looks.Load(); n > callers/2 {
		t.Errorf("%d looks for %d callers at once", n, callers)
	}
}
