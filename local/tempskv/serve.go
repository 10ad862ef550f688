// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/local/tracing"
	"github.com/tempskv/tempskv/runtime/bootstrap"
	"github.com/tempskv/tempskv/runtime/config"
	"github.com/tempskv/tempskv/runtime/server"
)

func (a *app) serve() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: "Run the server until it is interrupted (SIGINT or SIGTERM), which lets requests in flight finish.\n" +
			"A second signal ends it at once. SIGHUP makes it read its settings and certificate again.\n\n" +
			"On a new data directory it prints the first API key, once, unless TEMPSKV_ADMIN_KEY sets it, and at each start a link\n" +
			"to sign in at the dashboard. If standard output is no terminal, both are in the file sign-in.txt in the data directory\n" +
			"instead, until they are used; --dev prints the token of its project in any case.\n" +
			"--enable turns the service on if it never was, and --bootstrap makes projects and tokens that are missing, so\n" +
			"that a container or a unit needs no second step.\n" +
			"Logs go to standard error. Each setting may also come from the environment or a file: tempskv config.",
		Example: "  tempskv serve --dev                # ready to use, for development\n" +
			"  tempskv serve --data /srv/kv --enable embedded --bootstrap shop.yaml\n" +
			"  tempskv serve --data /srv/kv --addr 10.0.0.5:8379 --tls-cert cert.pem --tls-key key.pem",
		Args: takes,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.loadServer(cmd)
			if err != nil {
				return err
			}
			projects, err := a.readBootstrap(cmd, s.Config)
			if err != nil {
				return err
			}
			return a.serveData(cmd.Context(), s, projects, func() (settings, error) { return a.loadServer(cmd) })
		},
	}
	settingFlags(cmd)
	return cmd
}

// loadServer reads the settings of a server.
func (a *app) loadServer(cmd *cobra.Command) (s settings, err error) {
	if s.Config, s.values, err = a.load(cmd); err != nil {
		return s, err
	}
	if s.Dev {
		s.DrainDelay = 0 // no load balancer checks readiness
	}
	return s, checkServe(cmd, s.Config)
}

// checkServe refuses settings that are valid one by one, but do not work together.
func checkServe(cmd *cobra.Command, cfg config.Config) error {
	if cfg.Dev && !onLoopback(cfg.Addr) {
		return usage(cmd, "--dev prints a token and is only for this machine: it does not listen on %s; "+
			"omit --dev, or use --addr 127.0.0.1:8379", cfg.Addr)
	}
	if cfg.Control != "" && settingsEngine(cfg) != engine.External {
		flag := "engine"
		if cfg.Enable != "" {
			flag = "enable"
		}
		return usage(cmd, "servers that share their control data share their keys in a Redis: with --control, omit "+
			"--%s %s", flag, settingsEngine(cfg))
	}
	if cfg.Enable != "" && cfg.Engine != "" && cfg.Enable != cfg.Engine {
		return usage(cmd, "--enable %s and --engine %s contradict each other: omit --engine", cfg.Enable, cfg.Engine)
	}
	if cfg.Enable == engine.External && cfg.RedisURL == "" && cfg.Control == "" {
		return usage(cmd, "--enable external needs the URL of a Redis: set it with TEMPSKV_REDIS_URL or --redis-url")
	}
	for name, url := range map[string]string{"redis_url": cfg.RedisURL, "control": cfg.Control} {
		if err := redis.ValidateURL(url); url != "" && err != nil {
			detail, _ := explain(err)
			return usage(cmd, "%s", strings.Replace(detail, "redis_url", name, 1))
		}
	}
	return nil
}

// onLoopback reports whether only this machine can reach an address.
func onLoopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// movedData reports whether client commands need --data to find the data directory.
func movedData(values []config.Value) bool {
	data := values[slices.IndexFunc(values, func(v config.Value) bool { return v.Name == "data" })]
	return data.Origin != "default" && data.Origin != data.Env()
}

// serveData serves one data directory until ctx ends. The projects are what is made if it is missing; reload reads the settings
// again.
func (a *app) serveData(
	ctx context.Context, s settings, projects []bootstrap.Project, reload func() (settings, error),
) (err error) {
	cfg, values := s.Config, s.values
	outliveReaders()
	hangups := notifyHangups()
	again := &reloading{load: reload, used: slices.Clone(values), stdin: a.stdin, interactive: isTerminal(a.stdin)}
	logged := openLog(cfg, a.stderr)
	defer logged.close()
	log := logged.Logger
	redis.LogTo(log)
	available := availableMemory()
	memory := planMemory(cfg, available)
	tuneGC(memory, a.lookupEnv)
	cfg.RequestMemory, cfg.CacheMemory = memory.Requests, memory.Cache
	lock, err := lockData(cfg.Data)
	if err != nil {
		return err
	}
	defer lock.Close()
	traces, err := tracing.Open(ctx, version(), a.lookupEnv, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, traces.Close(ctx)) }()
	var n *node
	listener, err := server.Listen(ctx, server.Config{
		Addr: cfg.Addr, CertFile: cfg.TLSCert, KeyFile: cfg.TLSKey, CertificateChanged: func(der []byte) {
			if err := n.certifyClientFile(der); err != nil {
				log.Warn("commands on this machine do not know the new certificate", "error", err)
			}
		},
		DrainDelay: cfg.DrainDelay, ShutdownTimeout: cfg.ShutdownTimeout, IdleTimeout: cfg.IdleTimeout,
		MaxConnections: cfg.MaxConnections, Memory: available, TrustedProxies: cfg.TrustedProxies, Around: traces.Wrap, Log: log,
	})
	if err != nil {
		return err
	}
	scraped, err := listenForScrapes(ctx, cfg, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	n, err = openNode(ctx, cfg, values, traces, listener.Connections, log)
	if err != nil {
		return errors.Join(err, listener.Close(), scraped.close())
	}
	defer func() { err = errors.Join(err, n.close()) }()
	turnedOn := n.turnOn(ctx, log)
	defer turnedOn.stop()
	w := welcome{url: listener.URL() + cfg.BasePath, data: cfg.Data, argv0: os.Args[0], moved: movedData(values)}
	if err = n.bootstrap(ctx, projects, log); err == nil {
		err = n.completeWelcome(ctx, &w)
	}
	if err != nil {
		return errors.Join(err, listener.Close(), scraped.close())
	}
	n.waitForStore(ctx)
	kept, err := n.putSecrets(ctx, &w, isTerminal(a.stdout), log)
	if err != nil {
		return errors.Join(err, listener.Close(), scraped.close())
	}
	defer n.watchSecrets(ctx, kept, log)()
	if err := n.writeClientFile(w.url, listener.Certificate()); err != nil {
		log.Warn("commands on this machine need --url and TEMPSKV_TOKEN to reach this server", "error", err)
	}
	defer removeClientFile(cfg.Data)
	if err := w.print(a.stdout); err != nil && w.firstKey != "" && w.file == "" {
		return errors.Join(fmt.Errorf("show how to use the server: %w", err), listener.Close(), scraped.close())
	}
	n.confirmFirstKey(ctx, w, log)
	log.Info("listening", "url", w.url, "data", cfg.Data, "version", version())
	defer scraped.serve(ctx, n.metrics)()
	again.log, again.node, again.server = logged, n, listener
	defer again.start(ctx, hangups)()
	defer tuneProcessors(ctx, a.lookupEnv, n.meter.Answered, log)()
	if !cfg.FastPath {
		return listener.Serve(ctx, n.api)
	}
	return listener.Serve(ctx, n.api, n.api.DataPaths()...)
}
