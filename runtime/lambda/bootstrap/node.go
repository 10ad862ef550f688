// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/external"
	"github.com/tempskv/tempskv/local/docs"
)

// node is the service over control data that could be reached.
type node struct {
	control *control.Store
	service *lifecycle.Service
	api     *handlers.API

	stop  context.CancelFunc
	ended chan error // what Run of the service ended in
}

// openNode opens the control data, sets the administrator's key, and brings up the service as it was.
func openNode(ctx context.Context, cfg config, log *slog.Logger) (*node, error) {
	keys, where, err := cfg.stores(ctx)
	if err != nil {
		return nil, err
	}
	c, err := control.Open(ctx, control.Config{Redis: where, Keys: keys, ID: cfg.controlID, OnUse: true, Log: log})
	if err != nil {
		return nil, err
	}
	if cfg.adminKey != "" {
		if err := c.EnsureAdminKey(ctx, cfg.adminKey); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	n := &node{control: c, ended: make(chan error, 1)}
	n.service = lifecycle.New(c, lifecycle.Config{
		Engines: map[engine.Name]engine.Driver{
			engine.External: external.NewEngine(external.Config{DefaultURL: keys.URL, Fixed: true, Store: keys}).Driver(),
		},
		Choose:   func(context.Context) engine.Name { return engine.External },
		Warnings: []func(context.Context) []engine.Warning{c.Warnings},
		Hold:     backups.Hold(c.RestoreDocument),
		Changed:  c.Changed(), Owner: c.ID, Projects: c.ListProjects, OnUse: true, Log: log,
	})
	n.api = handlers.New(handlers.Deps{
		Service: n.service, Control: c, Bounds: bounds, Whole: true, CORSOrigins: cfg.origins, Log: log,
		Docs: docs.Pages{},
	})
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.stop = stop
	go func() { n.ended <- n.service.Run(running) }()
	n.service.Ready(ctx)
	return n, nil
}

// close ends the service, and records what is still only in memory.
func (n *node) close() error {
	n.stop()
	return errors.Join(<-n.ended, n.control.Close())
}
