// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
	"github.com/tempskv/tempskv/handlers/sessions"
	"github.com/tempskv/tempskv/infra/backup"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/local/dashboard"
	"github.com/tempskv/tempskv/local/docs"
	"github.com/tempskv/tempskv/local/metrics"
	"github.com/tempskv/tempskv/local/tracing"
	"github.com/tempskv/tempskv/runtime/config"
	"github.com/tempskv/tempskv/runtime/server"
)

// node is a running server on a data directory: the control data, the service, and the API over both.
type node struct {
	cfg     config.Config
	control control
	service *lifecycle.Service
	api     *handlers.API
	meter   *meter.Meter
	metrics *metrics.Metrics
	backups *backups.Manager
	setup   sessions.SetupCode
	pending atomic.Pointer[string] // what turning the service on waits for; nil if nothing
	limiter *limits.Limiter
	system  *system
	local   clientFile

	stop  context.CancelFunc
	ended chan error // the error of service.Run
}

// openNode opens the control data and starts the service, in the background, as it was.
func openNode(
	ctx context.Context, cfg config.Config, values []config.Value, traces *tracing.Tracing, connections func() server.Connections, log *slog.Logger,
) (*node, error) {
	c, err := openControl(ctx, cfg, func(id string) {
		if err := writeControlID(cfg.Data, id); err != nil {
			log.Warn("write the id of the control data to the data directory", "error", err)
		}
	}, log)
	if err != nil {
		return nil, err
	}
	progress := lifecycle.NewProgress()
	n := &node{cfg: cfg, control: c, ended: make(chan error, 1)}
	service := lifecycle.New(c, lifecycle.Config{
		Engines:  engines(cfg, c, progress.Step, n.block, log),
		Choose:   func(ctx context.Context) engine.Name { return firstEngine(ctx, cfg) },
		ImageOf:  podman.ImageOf,
		Progress: progress,
		Changed:  c.Changed(),
		Owner:    c.ID,
		Projects: c.ListProjects,
		Warnings: []func(context.Context) []engine.Warning{c.Warnings, c.Risks, n.backupWarnings, newDisks(cfg).warnings},
		Hold:     backups.Hold(c.RestoreDocument),
		Log:      log,
	})
	files, err := backup.New(cfg.BackupTo, os.LookupEnv)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	n.limiter = newLimiter(cfg, c, service, log)
	n.system = newSystem(cfg, values)
	n.service = service
	n.backups = backups.New(backups.Config{
		Service: service, Control: c, Files: files, Version: version(), Progress: progress, Log: log,
		Exclusive: ownDirectory(cfg), Unshared: unshared(cfg, values),
		Shared: cfg.Control != "", CallTime: cfg.RequestTimeout,
	})
	n.meter = meter.New(time.Now())
	n.metrics = metrics.New(metrics.Config{
		Version: version(), Meter: n.meter, Service: service, Control: c,
		Keys:     func(ctx context.Context) (map[kv.ProjectID]int64, error) { return n.api.ProjectKeys(ctx) },
		Skipped:  func() uint64 { return n.api.RefusalsSkipped() },
		Schedule: n.backups.Schedule, Memory: n.limiter.Memory, Connections: connections,
	})
	var span handlers.Span
	if traces.Traces() {
		span = traces.Span
	}
	n.api = handlers.New(handlers.Deps{
		Service: service, Control: c, Limiter: n.limiter, Refusals: limits.NewRefusals(), CORSOrigins: cfg.CORSOrigins, Log: log,
		Bounds: handlers.Bounds{
			MaxValue: cfg.MaxValue, MaxAnswer: cfg.MaxAnswer, MaxBatch: cfg.MaxBody, Timeout: cfg.RequestTimeout,
		},
		Backups: n.backups, Sessions: c, SetupCode: &n.setup, SessionTime: cfg.SessionTime, Meter: n.meter, Metrics: n.metrics, Span: span, System: n.system.tell,
		Pending:   n.waitsFor,
		Dashboard: dashboard.New(cfg.BasePath), Docs: docs.Pages{}, BasePath: cfg.BasePath,
	})
	// The service outlives ctx, whose end only starts draining.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.stop = stop
	go func() {
		var background sync.WaitGroup
		background.Go(func() { n.limiter.Run(running) })
		background.Go(func() { n.backups.Run(running) })
		background.Go(func() { n.backups.Resume(running) })
		err := service.Run(running)
		background.Wait()
		n.ended <- err
	}()
	return n, nil
}

// block refuses data calls while the file of the embedded engine must not be used, and says why; an empty detail ends
// that.
func (n *node) block(detail string) {
	n.service.Unblock(engine.WarnMisplaced, 0)
	if detail != "" {
		n.service.Block(lifecycle.Block{Code: engine.WarnMisplaced, Detail: detail})
	}
}

// storeWaitTime is how long waitForStore waits at most. If the store takes longer, callers wait for it.
const storeWaitTime = 2 * time.Second

// waitForStore waits until the store is open before requests are answered, so that a restart refuses none: until then
// connections wait in the listener.
func (n *node) waitForStore(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, storeWaitTime)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		lease, err := n.service.Acquire()
		if err == nil {
			lease.Release()
		}
		if !errors.Is(err, kv.ErrUnavailable) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// close stops the service, whose store is closed when it is no longer in use, and then the control data.
func (n *node) close() error {
	n.stop()
	return errors.Join(<-n.ended, n.control.Close())
}

// completeWelcome fills in the welcome. The first API key comes last: after an earlier error, the next start shows it.
func (n *node) completeWelcome(ctx context.Context, w *welcome) (err error) {
	if n.cfg.Dev {
		if w.devToken, err = n.setUpDev(ctx); err != nil {
			return err
		}
	}
	if w.next, err = n.nextCommand(ctx); err != nil {
		return err
	}
	w.link = w.url + "/setup#" + string(n.setup.New(linkTime))
	if n.cfg.AdminKey != "" {
		return n.control.EnsureAdminKey(ctx, n.cfg.AdminKey)
	}
	w.firstKey, err = n.control.CreateFirstKey(ctx)
	return err
}

// confirmFirstKey records that the first API key was printed. If that fails, the next start prints a new one, unless
// this one was used.
func (n *node) confirmFirstKey(ctx context.Context, w welcome, log *slog.Logger) {
	if w.firstKey == "" {
		return
	}
	if err := n.control.ConfirmFirstKey(ctx); err != nil {
		log.Warn("the next start replaces the first API key, unless it was used", "error", err)
	}
}

// linkTime is how long the setup link of serve is valid.
const linkTime = 30 * time.Minute

// writeClientFile writes for the client commands of this user how to reach the server, with a credential that is valid while
// it runs.
func (n *node) writeClientFile(url string, certificate []byte) error {
	local := access.NewToken(access.APIKey)
	n.control.AddLocal(*access.CommandLine(), local.Hash())
	n.local = clientFile{URL: url, Token: string(local), PodmanSocket: podmanSocket(n.cfg)}
	return n.certifyClientFile(certificate)
}

// certifyClientFile writes the file again with the certificate that the server has now; nil is none.
func (n *node) certifyClientFile(certificate []byte) error {
	if certificate != nil {
		n.local.Certificate = fingerprint(certificate)
	}
	return n.local.write(n.cfg.Data)
}

// nextCommand returns the arguments of the command to suggest.
func (n *node) nextCommand(ctx context.Context) (string, error) {
	settings, err := n.control.Settings(ctx)
	if err != nil || !settings.Enabled && n.waitsFor() == "" {
		return "enable", err
	}
	projects, err := n.control.ListProjects(ctx)
	switch {
	case err != nil || len(projects) == 0:
		return "project create NAME", err
	case n.cfg.Dev:
		return "kv get greeting", nil
	}
	return "status", nil
}
