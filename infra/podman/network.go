// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/engine"
)

// ownNetwork is the description of a network, for podman. See NetworkCreate in its API.
type ownNetwork struct {
	Name     string            `json:"name"`
	Driver   string            `json:"driver"`
	Internal bool              `json:"internal"`
	Labels   map[string]string `json:"labels"`
	Options  map[string]string `json:"options,omitempty"`
}

// isolate keeps containers of other networks out. See isolate in podman-network-create(1).
const isolate = "isolate"

// network returns the name of the network of the containers that have a port.
func (r *record) network() string { return "tempskv-" + r.Owner }

// ensureNetwork creates the network if it is not there, with as little of a way out as podman can do: without a route out,
// which podman 4.3 cannot leave away; else internal, from which podman publishes ports only without root; else an ordinary
// network with no other container in it.
func (t *task) ensureNetwork(ctx context.Context) error {
	name := t.record.network()
	one := request{method: http.MethodGet, endpoint: "/networks/%s/json", path: []string{name}}
	if ok, err := found(t.do(ctx, one, nil)); ok || err != nil {
		return err
	}
	t.step("create the network")
	h, err := t.machine(ctx)
	if err != nil {
		return err
	}
	n := ownNetwork{
		Name: name, Driver: "bridge", Labels: map[string]string{ownerLabel: t.record.Owner, engineLabel: string(engine.Podman)},
		Options: map[string]string{isolate: "true", "no_default_route": "1"},
	}
	if err = t.createNetwork(ctx, n); !answered(err) {
		return err
	}
	n.Options, n.Internal = nil, h.Security.Rootless
	if !n.Internal {
		n.Options = map[string]string{isolate: "true"}
	}
	if err = t.createNetwork(ctx, n); !answered(err) || n.Options == nil {
		return err
	}
	n.Options = nil
	return t.createNetwork(ctx, n)
}

func (c *client) createNetwork(ctx context.Context, n ownNetwork) error {
	return c.do(ctx, request{method: http.MethodPost, endpoint: "/networks/create", body: n}, nil)
}

// removeNetwork removes the network. While a container is in it, that is an error.
func (t *task) removeNetwork(ctx context.Context) error {
	_, err := found(t.do(ctx, request{
		method: http.MethodDelete, endpoint: "/networks/%s", path: []string{t.record.network()},
	}, nil))
	return err
}

// leaveNetwork removes the network when a container was in it that has a socket from now on. Another one that is to be removed
// may still be in it: then Purge removes it.
func (t *task) leaveNetwork(ctx context.Context) {
	if err := t.removeNetwork(ctx); err != nil {
		t.engine.cfg.Log.Warn("the network of the container before is not removed yet", "error", err)
	}
}

// machine returns what podman says of its machine. It is asked once.
func (t *task) machine(ctx context.Context) (host, error) {
	if t.engine.host == nil {
		h, err := t.host(ctx)
		if err != nil {
			return host{}, err
		}
		t.engine.host = &h
	}
	return *t.engine.host, nil
}
