// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// gateway is a server with two projects. It has the same address each time it is started.
type gateway struct {
	*e2e.Server
	args   []string
	tokens []string // of each project
}

// newGateway starts a gateway over a store.
func newGateway(t *testing.T, store e2e.Object, args ...string) *gateway {
	t.Helper()
	return newGatewayIn(t, filepath.Join(t.TempDir(), "data"), store, args...)
}

// newGatewayIn starts a gateway with that data directory.
func newGatewayIn(t *testing.T, dir string, store e2e.Object, args ...string) *gateway {
	t.Helper()
	g := &gateway{args: append([]string{
		"--addr", fmt.Sprintf("127.0.0.1:%d", redistest.ReservePort(t)), "--request-timeout", deadline.String(),
	}, args...)}
	g.Server = e2e.Serve(t, dir, g.args...)
	g.Enable(store)
	for _, name := range []string{"one", "other"} {
		_, token := g.CreateProject(name)
		g.tokens = append(g.tokens, token)
	}
	return g
}

// again starts the gateway after it has ended.
func (g *gateway) again() { g.Server = g.Server.Restart(g.args...) }

func gatewayKilled(t *testing.T) result {
	return killGateway(t, e2e.External(redistest.Start(t, e2e.FsyncAlways...).URL))
}

func embeddedKilled(t *testing.T) result { return killGateway(t, e2e.Object{"engine": "embedded"}) }

// killGateway kills the gateway, and starts another on its data: the lock of the first is no obstacle.
func killGateway(t *testing.T, store e2e.Object) result {
	g := newGateway(t, store)
	return faultCase{rounds: 4, inject: func(int, *workload.Workload) (hit, over time.Time) {
		g.Kill()
		hit = time.Now()
		g.again()
		return hit, hit
	}}.on(t, g)
}
