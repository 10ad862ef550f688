// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"github.com/tempskv/tempskv/runtime/config"
	"github.com/tempskv/tempskv/runtime/server"
)

// changeable are the settings that SIGHUP changes. The others need a restart.
var changeable = []string{
	"tls-cert", "tls-key", "cors-origin", "rate-limit-token", "rate-limit-project", "max-keys", "max-bytes", "max-connections",
	"drain-delay", "shutdown-timeout", "log-level",
}

// settings are those of a server, and where they are from.
type settings struct {
	config.Config
	values []config.Value
}

// reloading reads the settings and the certificate of a server again.
type reloading struct {
	load   func() (settings, error)
	log    serverLog
	node   *node
	server *server.Server
	used   []config.Value

	// If standard input was a terminal, and is no more, the signal is about that, and ends the server.
	stdin       any
	interactive bool
}

// notifyHangups returns where SIGHUP arrives from now on: without that it would end the program.
func notifyHangups() <-chan os.Signal {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals
}

// start reads them again at each signal, until ctx ends or stop is called.
func (r *reloading) start(ctx context.Context, signals <-chan os.Signal) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-signals:
				if r.interactive && !isTerminal(r.stdin) {
					r.log.Info("the terminal is closed")
					_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
					continue
				}
				r.reload()
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

func (r *reloading) reload() {
	s, err := r.load()
	if err != nil {
		detail, _ := explain(err)
		r.log.Error("the settings stay as they are: they cannot be read", "error", detail)
		return
	}
	r.log.level.Set(s.LogLevel)
	r.node.limiter.Set(limitsOf(s.Config))
	r.node.api.SetCORSOrigins(s.CORSOrigins)
	r.server.Adjust(s.MaxConnections, s.DrainDelay, s.ShutdownTimeout)
	encrypted := r.server.Certificate() != nil
	if encrypted && s.TLSCert != "" {
		if err := r.server.LoadCertificate(s.TLSCert, s.TLSKey); err != nil {
			r.log.Error("a new certificate is not used", "error", err)
		}
	}
	changed, waiting := r.compare(s.values, encrypted == (s.TLSCert != ""))
	r.node.system.show(r.used)
	r.log.LogAttrs(context.Background(), slog.LevelInfo, "the settings were read again", slog.Any("changed", changed))
	if len(waiting) > 0 {
		r.log.Warn("these settings change at the next start", "settings", waiting)
	}
}

// compare returns the names of the settings that have changed, and of those that will at the next start. The former are used
// from now on.
func (r *reloading) compare(values []config.Value, sameScheme bool) (changed, waiting []string) {
	changed = []string{}
	for i, v := range values {
		if v.Text == r.used[i].Text {
			continue
		}
		tls := v.Name == "tls-cert" || v.Name == "tls-key"
		if !slices.Contains(changeable, v.Name) || tls && !sameScheme {
			waiting = append(waiting, v.Name)
			continue
		}
		changed = append(changed, v.Name)
		r.used[i] = v
	}
	return changed, waiting
}
