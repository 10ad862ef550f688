// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/access"
)

// gateway is a process that answers over HTTP.
type gateway struct {
	*process
	name, url string
	token     access.Token
}

// subject is a call of the wire contract.
func (g *gateway) subject(redis *process, op, body string) subject {
	return subject{*g, redis, request{method: "POST", url: g.url + "/api/kv/" + op, token: g.token, body: body}}
}

// startRedis starts a Redis that keeps nothing on disk.
func (b *bench) startRedis(ctx context.Context) (*process, string, error) {
	addr, err := freePort()
	if err != nil {
		return nil, "", err
	}
	_, port, _ := net.SplitHostPort(addr)
	p, err := b.start(ctx, nil, "redis-server",
		"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", b.dir)
	if err != nil {
		return nil, "", err
	}
	return p, addr, p.await(ctx, dial(addr))
}

// startNoop starts this program as the handler that does nothing.
func (b *bench) startNoop(ctx context.Context) (*gateway, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	t := access.NewToken(access.DeploymentToken)
	p, err := b.start(ctx, nil, self, noopCommand, addr, string(t))
	if err != nil {
		return nil, err
	}
	return &gateway{name: "no-op", process: p, url: "http://" + addr, token: t}, p.await(ctx, dial(addr))
}

// startWebdis starts webdis before the Redis at redisAddr, with the settings that Debian's package has.
func (b *bench) startWebdis(ctx context.Context, redisAddr string) (*gateway, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	settings := map[string]any{
		"redis_host": "127.0.0.1", "http_host": "127.0.0.1", "threads": 2, "database": 0,
		"daemonize": false, "verbosity": 0, "logfile": filepath.Join(b.dir, "webdis.log"),
	}
	for name, addr := range map[string]string{"redis_port": redisAddr, "http_port": addr} {
		_, port, _ := net.SplitHostPort(addr)
		settings[name] = json.Number(port)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(b.dir, "webdis.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	p, err := b.start(ctx, nil, "webdis", file)
	if err != nil {
		return nil, err
	}
	return &gateway{name: "webdis", process: p, url: "http://" + addr}, p.await(ctx, dial(addr))
}

// command is a Redis command as webdis takes it.
func (g *gateway) command(redis *process, name, key string) subject {
	return subject{*g, redis, request{method: "GET", url: g.url + "/" + name + "/" + key}}
}
