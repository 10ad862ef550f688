// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"slices"
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
}

// notifyHangups returns where SIGHUP arrives from now on: without that it would end the program.
func notifyHangups() <-chan os.Signal {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals
}

// run reads them again at each signal, until ctx ends.
func (r *reloading) run(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-signals:
			r.reload()
		case <-ctx.Done():
			return
		}
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
