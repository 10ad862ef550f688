// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// moment is something that an operator does while clients are at work, and during which the gateway is killed.
type moment struct {
	// prepare brings about what act needs, before each kill.
	prepare func(s *setup)
	// act does it, and returns what was answered, or an error where no answer came.
	act func(ctx context.Context, s *setup) (e2e.Reply, error)
	// check fails the test if what is there after a kill is neither the state before act nor the one after it, or not the
	// one that the answer promised.
	check func(s *setup, answered bool)
}

// setup is a gateway over one engine, with a project that the operator works on; clients work in two others.
type setup struct {
	t     *testing.T
	g     *gateway
	redis *redistest.Server // of the engine external; else nil
	round int
	// subject is the project that is restored, imported into, deleted and so on.
	subject int
	token   string
	// What a prepare leaves for act and check.
	backup, file, id string
	before, after    string // digests of the subject's keys
}

// kills is how often each engine's gateway is killed at each moment: a few times among the other tests, more often for the
// table.
func kills() int {
	if os.Getenv("TEMPSKV_FAULTS") != "" {
		return 20
	}
	return 3
}

// during returns a fault that kills the gateway at random times of a moment, on each engine in turn.
func during(m moment) func(t *testing.T) result {
	return func(t *testing.T) (sum result) {
		for _, engine := range []string{"embedded", "external", "podman"} {
			t.Run(engine, func(t *testing.T) {
				s := newSetup(t, engine)
				sum.add(faultCase{rounds: kills(), size: 8, inject: func(round int, _ *workload.Workload) (hit, over time.Time) {
					s.round = round
					return s.killDuring(m)
				}}.on(t, s.g))
			})
		}
		return sum
	}
}

// newSetup starts a gateway over an engine.
func newSetup(t *testing.T, engine string) *setup {
	t.Helper()
	s := &setup{t: t}
	switch engine {
	case "external":
		s.redis = redistest.Start(t, e2e.FsyncAlways...)
		s.g = newGateway(t, e2e.External(s.redis.URL))
	case "podman":
		p := e2e.StartPodman(t)
		s.g = newGateway(t, e2e.Object{"docker_image": p.HostImage()}, "--podman-socket", p.Socket)
	default:
		s.g = newGateway(t, e2e.Object{"engine": engine})
	}
	s.subject, s.token = s.g.CreateProject("subject")
	return s
}

// as returns the clients of the subject.
func (s *setup) client() e2e.Caller { return s.g.As(s.token) }

// killDuring does the moment once to the end, to learn how long it takes, and once more with a kill at a random time.
func (s *setup) killDuring(m moment) (hit, over time.Time) {
	s.t.Helper()
	m.prepare(s)
	begin := time.Now()
	if r, err := m.act(s.t.Context(), s); err != nil || r.Status >= http.StatusBadRequest {
		s.t.Fatalf("without a kill: %s, %v", r, err)
	}
	took := time.Since(begin)
	s.bringUp()
	m.check(s, true)

	m.prepare(s)
	done := make(chan bool, 1)
	ctx, cancel := context.WithTimeout(s.t.Context(), e2e.Patience)
	defer cancel()
	go func() {
		r, err := m.act(ctx, s)
		done <- err == nil && r.Status < http.StatusBadRequest
	}()
	<-time.After(rand.N(took + took/5))
	s.g.Kill()
	hit = time.Now()
	acted := e2e.Await(s.t, done, "the answer, or the end of the connection")
	s.g.again()
	s.bringUp()
	m.check(s, acted)
	return hit, time.Now()
}

// bringUp waits until the service is well, and turns it on where it is off.
func (s *setup) bringUp() {
	s.t.Helper()
	e2e.Eventually(s.t, "a service that is on, or off", func() string {
		if st := s.g.Status(); st.Enabled && !st.Healthy {
			return fmt.Sprintf("%+v", st)
		}
		return ""
	})
	s.g.Enable(e2e.Object{})
	s.g.AwaitHealthy()
}

// add adds up what came of the trials of one row.
func (v *result) add(o result) {
	v.clients, v.rate = max(v.clients, o.clients), max(v.rate, o.rate)
	v.Acked, v.Refused, v.Unknown = v.Acked+o.Acked, v.Refused+o.Refused, v.Unknown+o.Unknown
	v.Lost, v.Twice, v.Foreign, v.Unseen = v.Lost+o.Lost, v.Twice+o.Twice, v.Foreign+o.Foreign, v.Unseen+o.Unseen
	v.Oldest, v.Slowest = max(v.Oldest, o.Oldest), max(v.Slowest, o.Slowest)
	v.recovered, v.history = max(v.recovered, o.recovered), v.history+o.history
}
