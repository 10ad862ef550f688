// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// gateway is a server with two projects. It has the same address each time it is started.
type gateway struct {
	*server
	args   []string
	tokens []string // of each project
}

// newGateway starts a gateway over a store.
func newGateway(t *testing.T, store object, args ...string) *gateway {
	t.Helper()
	return newGatewayIn(t, filepath.Join(t.TempDir(), "data"), store, args...)
}

// newGatewayIn starts a gateway with that data directory.
func newGatewayIn(t *testing.T, dir string, store object, args ...string) *gateway {
	t.Helper()
	g := &gateway{args: append([]string{
		"--addr", fmt.Sprintf("127.0.0.1:%d", redistest.ReservePort(t)), "--request-timeout", deadline.String(),
	}, args...)}
	g.server = serve(t, dir, g.args...)
	g.enable(store)
	for _, name := range []string{"one", "other"} {
		_, token := g.project(name)
		g.tokens = append(g.tokens, token)
	}
	return g
}

// again starts the gateway after it has ended.
func (g *gateway) again() { g.server = g.server.again(g.args...) }

// at returns the settings of a store in a Redis.
func at(url string) object { return object{"engine": "external", "redis_url": url} }

func gatewayKilled(t *testing.T) verdict {
	return killGateway(t, at(redistest.Start(t, durable...).URL))
}

func embeddedKilled(t *testing.T) verdict { return killGateway(t, object{"engine": "embedded"}) }

// killGateway kills the gateway, and starts another on its data: the lock of the first is no obstacle.
func killGateway(t *testing.T, store object) verdict {
	g := newGateway(t, store)
	return trial{rounds: 4, strike: func(int, *fleet) (hit, over time.Time) {
		g.kill()
		hit = time.Now()
		g.again()
		return hit, hit
	}}.on(t, g)
}
