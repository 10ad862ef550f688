// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/runtime/config"
	"github.com/tempskv/tempskv/runtime/server"
)

// doctorTimeout bounds each look at something that may not answer.
const doctorTimeout = 5 * time.Second

// checkRunning asks the server that has the data directory.
func checkRunning(ctx context.Context, cfg config.Config, pid string) []finding {
	const name, do = "server", "see its log; if it hangs, restart it"
	local, err := readClientFile(cfg.Data)
	if err != nil {
		return []finding{bad(name, err, "it may be starting; otherwise see its log")}
	}
	c, err := local.client(doctorTimeout)
	if err != nil {
		return []finding{bad(name, err, do)}
	}
	s, err := answered[serviceStatus](c.KVStatus(ctx))
	if err != nil {
		return []finding{bad(name, err, do)}
	}
	findings := []finding{good(name, "runs at %s as process %s", local.URL, pid), s.body.engineFinding()}
	for _, w := range s.body.warnings() {
		if engine.WarningCode(w.Code) == engine.WarnBackupDamaged {
			continue // checkBackups looks for itself
		}
		if w.Detail != text(s.body.Message) || s.body.Healthy || !s.body.Enabled { // else the finding about the engine says it
			findings = append(findings, finding{Check: w.Code, Text: w.Detail})
		}
	}
	findings = append(findings, checkBackups(ctx, c)...)
	if local.PodmanSocket != "" {
		cfg.PodmanSocket = local.PodmanSocket // the server's own flag, which this command was not given
	}
	if engineName := s.body.engine(); engineName == engine.Podman || engineName == "" {
		findings = append(findings, checkPodmanRuns(ctx, cfg, engineName, s.body.dockerImage())...)
	}
	return findings
}

func (s *serviceStatus) engineFinding() finding {
	const name = "engine"
	switch {
	case !s.Enabled:
		return good(name, "is off; turn it on with: tempskv enable")
	case s.Healthy:
		return good(name, "%s answers, version %s", text(s.Engine), text(s.Version))
	}
	return finding{Check: name, Text: text(s.Engine) + ": " + text(s.Message)}
}

// engine returns the engine of the server, empty before its first enable.
func (s *serviceStatus) engine() engine.Name {
	if s.Engine == nil {
		return ""
	}
	return engine.Name(*s.Engine)
}

// dockerImage returns the image of the engine, empty if there is none.
func (s *serviceStatus) dockerImage() string {
	if s.DockerImage == nil {
		return ""
	}
	return *s.DockerImage
}

// text returns what the server told, or a dash for nothing.
func text(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// checkAddress looks whether serve could listen.
func checkAddress(ctx context.Context, cfg config.Config) finding {
	const name = "address"
	if cfg.Dev && !onLoopback(cfg.Addr) {
		return bad(name, errors.New("--dev does not listen on "+cfg.Addr), "take one of 127.0.0.1")
	}
	s, err := server.Listen(ctx, server.Config{Addr: cfg.Addr, CertFile: cfg.TLSCert, KeyFile: cfg.TLSKey})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		return bad(name, err, "")
	}
	return good(name, "%s is free", cfg.Addr)
}
