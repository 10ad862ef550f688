// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package hostile_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

const (
	// most is what the data of the server may take, in bytes: beyond it, the kernel gives the process no more, and Go ends it.
	most = 1 << 30
	// measured is how many calls of the neighbour the percentiles are of, at least.
	measured = 1000
	// largeValue is the size of the hostile project's largest value.
	largeValue = 10 << 20
)

// victim is a server with a hostile project and its neighbour.
type victim struct {
	*e2e.Server
	client             *http.Client
	hostile, neighbour string // their tokens
	id                 int    // of the hostile project
	stop               chan struct{}
	attackers          sync.WaitGroup
}

func newVictim(t *testing.T, engine string) *victim {
	t.Helper()
	authority := redistest.NewAuthority(t)
	cert, key := authority.Issue("server")
	settings := e2e.Object{"engine": engine}
	if engine == "external" {
		settings["redis_url"] = redistest.Start(t).URL
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool(), ServerName: "127.0.0.1"}}
	t.Cleanup(transport.CloseIdleConnections)
	v := &victim{client: &http.Client{Transport: transport}, stop: make(chan struct{})}
	dir := t.TempDir()
	serve := func() {
		v.Server = e2e.ServeWithin(t, most, dir, "--tls-cert", cert, "--tls-key", key, "--max-bytes", "64mb")
	}
	serve()
	v.must(e2e.AdminKey, "/api/kv/enable", settings)
	v.id, v.hostile = v.project("hostile")
	_, v.neighbour = v.project("neighbour")
	v.must(v.hostile, "/api/kv/set", e2e.Object{"key": "large", "value": strings.Repeat("v", largeValue-2)})
	v.Terminate()
	serve() // it does not know yet how large that value is
	t.Cleanup(func() {
		close(v.stop)
		v.attackers.Wait()
	})
	return v
}

// project creates a project and returns its id and a token.
func (v *victim) project(name string) (id int, token string) {
	v.T.Helper()
	var project struct{ ID int }
	v.must(e2e.AdminKey, "/api/projects", e2e.Object{"name": name}).Decode(v.T, &project)
	var made struct{ Token string }
	v.must(e2e.AdminKey, fmt.Sprintf("/api/projects/%d/tokens", project.ID), e2e.Object{"name": name}).Decode(v.T, &made)
	return project.ID, made.Token
}

// post sends a request, and returns status 0 if it is not answered.
func (v *victim) post(token, path string, body any) e2e.Reply {
	ctx, cancel := context.WithTimeout(context.Background(), e2e.Patience)
	defer cancel()
	r, err := e2e.Caller{URL: v.URL, Token: token}.SendWith(ctx, v.client, http.MethodPost, path, body)
	if err != nil {
		return e2e.Reply{Body: []byte(err.Error())}
	}
	return r
}

// must sends a request that has to succeed.
func (v *victim) must(token, path string, body any) e2e.Reply {
	v.T.Helper()
	r := v.post(token, path, body)
	if r.Status != http.StatusOK && r.Status != http.StatusCreated {
		v.T.Fatalf("%s: %s", path, r)
	}
	return r
}

// host returns the host and port of the server.
func (v *victim) host() string {
	u, err := url.Parse(v.URL)
	if err != nil {
		v.T.Fatal(err)
	}
	return u.Host
}

// many has n hostile clients come at the same time, each with its own connection, and waits until each has done its
// worst. The connections stay open.
func (v *victim) many(n int, client func(c net.Conn)) {
	var came sync.WaitGroup
	for range n {
		came.Go(func() {
			raw, err := net.Dial("tcp", v.host())
			if err != nil {
				return // refused, as is right for too many
			}
			_ = raw.(*net.TCPConn).SetReadBuffer(4 << 10)
			v.keep(func() { _ = raw.Close() })
			client(tls.Client(raw, v.tls()))
		})
	}
	came.Wait()
}

// tls returns the configuration of clients.
func (v *victim) tls() *tls.Config {
	return v.client.Transport.(*http.Transport).TLSClientConfig.Clone()
}

// keep calls end at the end of the test.
func (v *victim) keep(end func()) {
	v.attackers.Go(func() {
		<-v.stop
		end()
	})
}

// suffering is how the neighbour fares.
type suffering struct {
	alone, next   time.Duration // p99
	calls, failed int
	peak          int // bytes of the server, resident
}

func (s suffering) slower() float64 { return float64(s.next) / float64(max(s.alone, time.Millisecond)) }

// suffer measures the neighbour alone, and next to the attack. None of its calls may fail, and the server has to live.
func (v *victim) suffer(attack func(*victim)) (s suffering) {
	v.T.Helper()
	s.alone, _, _ = v.measure(nil)
	come := make(chan struct{})
	v.attackers.Go(func() { defer close(come); attack(v) })
	s.next, s.calls, s.failed = v.measure(come)
	_, s.peak = v.Memory()
	v.T.Logf("p99 alone %v, next to it %v; %d calls, %d failed; at most %d MiB", s.alone, s.next, s.calls, s.failed, s.peak>>20)
	if s.failed > 0 {
		v.T.Errorf("%d of %d calls of the neighbour failed", s.failed, s.calls)
	}
	return s
}

// measure makes calls of the neighbour, at least until wait is closed.
func (v *victim) measure(wait <-chan struct{}) (p99 time.Duration, calls, failed int) {
	v.T.Helper()
	var took []time.Duration
	for waited := wait == nil; !waited || len(took) < measured; {
		select {
		case <-wait:
			waited, wait = true, nil
		default:
		}
		begun := time.Now()
		set := v.post(v.neighbour, "/api/kv/set", e2e.Object{"key": "k", "value": len(took)})
		get := v.post(v.neighbour, "/api/kv/get", e2e.Object{"key": "k"})
		took = append(took, time.Since(begun)/2)
		calls += 2
		for _, r := range []e2e.Reply{set, get} {
			if r.Status != http.StatusOK {
				failed++
				v.T.Logf("a call of the neighbour: %s", r)
			}
		}
		v.ExpectRunning()
	}
	slices.Sort(took)
	return took[len(took)*99/100], calls, failed
}
