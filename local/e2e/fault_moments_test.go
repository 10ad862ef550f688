// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// moment is something that an operator does while clients are at work, and during which the gateway is killed.
type moment struct {
	// prepare brings about what act needs, before each kill.
	prepare func(s *scene)
	// act does it, and returns what was answered, or an error where no answer came.
	act func(ctx context.Context, s *scene) (reply, error)
	// check fails the test if what is there after a kill is neither the state before act nor the one after it, or not the
	// one that the answer promised.
	check func(s *scene, answered bool)
}

// scene is a gateway over one engine, with a project that the operator works on; clients work in two others.
type scene struct {
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
func during(m moment) func(t *testing.T) verdict {
	return func(t *testing.T) (sum verdict) {
		for _, engine := range []string{"embedded", "external", "podman"} {
			t.Run(engine, func(t *testing.T) {
				s := newScene(t, engine)
				sum.add(trial{rounds: kills(), size: 8, strike: func(round int, _ *fleet) (hit, over time.Time) {
					s.round = round
					return s.killDuring(m)
				}}.on(t, s.g))
			})
		}
		return sum
	}
}

// newScene starts a gateway over an engine.
func newScene(t *testing.T, engine string) *scene {
	t.Helper()
	s := &scene{t: t}
	switch engine {
	case "external":
		s.redis = redistest.Start(t, durable...)
		s.g = newGateway(t, at(s.redis.URL))
	case "podman":
		p := startPodman(t)
		s.g = newGateway(t, object{"docker_image": p.HostImage()}, "--podman-socket", p.Socket)
	default:
		s.g = newGateway(t, object{"engine": engine})
	}
	s.subject, s.token = s.g.project("subject")
	return s
}

// as returns the clients of the subject.
func (s *scene) client() caller { return s.g.as(s.token) }

// killDuring does the moment once to the end, to learn how long it takes, and once more with a kill at a random time.
func (s *scene) killDuring(m moment) (hit, over time.Time) {
	s.t.Helper()
	m.prepare(s)
	begin := time.Now()
	if r, err := m.act(s.t.Context(), s); err != nil || r.status >= http.StatusBadRequest {
		s.t.Fatalf("without a kill: %s, %v", r, err)
	}
	took := time.Since(begin)
	s.bringUp()
	m.check(s, true)

	m.prepare(s)
	done := make(chan bool, 1)
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	go func() {
		r, err := m.act(ctx, s)
		done <- err == nil && r.status < http.StatusBadRequest
	}()
	<-time.After(rand.N(took + took/5))
	s.g.kill()
	hit = time.Now()
	acted := await(s.t, done, "the answer, or the end of the connection")
	s.g.again()
	s.bringUp()
	m.check(s, acted)
	return hit, time.Now()
}

// bringUp waits until the service is well, and turns it on where it is off.
func (s *scene) bringUp() {
	s.t.Helper()
	eventually(s.t, "a service that is on, or off", func() string {
		if st := s.g.status(); st.Enabled && !st.Healthy {
			return fmt.Sprintf("%+v", st)
		}
		return ""
	})
	s.g.enable(object{})
	s.g.awaitHealthy()
}

// add adds up what came of the trials of one row.
func (v *verdict) add(o verdict) {
	v.clients, v.rate = max(v.clients, o.clients), max(v.rate, o.rate)
	v.acked, v.refused, v.unknown = v.acked+o.acked, v.refused+o.refused, v.unknown+o.unknown
	v.lost, v.twice, v.foreign, v.unseen = v.lost+o.lost, v.twice+o.twice, v.foreign+o.foreign, v.unseen+o.unseen
	v.oldest, v.slowest = max(v.oldest, o.oldest), max(v.slowest, o.slowest)
	v.recovered, v.history = max(v.recovered, o.recovered), v.history+o.history
}
