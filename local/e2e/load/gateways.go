// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"

	"github.com/tempskv/tempskv/handlers/access"
)

// gateway is a process that answers over HTTP.
type gateway struct {
	*process
	name, url string
	token     access.Token
}

// redisServer is a Redis that keeps nothing on disk.
type redisServer struct {
	*process
	addr string
}

func (b *bench) startRedis(ctx context.Context) (*redisServer, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	p, err := b.start(ctx, nil, "redis-server",
		"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", b.dir)
	if err != nil {
		return nil, err
	}
	return &redisServer{p, addr}, p.await(ctx, dial(addr))
}

// enable is the body that enables a tempskv on one of the databases.
func (r *redisServer) enable(database int) string {
	return fmt.Sprintf(`{"engine":"external","redis_url":"redis://%s/%d"}`, r.addr, database)
}

// startNoop starts this program as the handler that does nothing, served by one of noopServers.
func (b *bench) startNoop(ctx context.Context, server string) (*gateway, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	t := access.NewToken(access.DeploymentToken)
	p, err := b.start(ctx, nil, self, noopCommand, server, addr, string(t))
	if err != nil {
		return nil, err
	}
	return &gateway{name: "no-op, " + server, process: p, url: "http://" + addr, token: t}, p.await(ctx, dial(addr))
}

// call is a call of the wire contract.
func (g *gateway) call(op, body string) subject {
	return subject{*g, nil, request{method: "POST", url: g.url + "/api/kv/" + op, token: g.token, body: body, keys: writtenKeys}}
}

// webdisServer is webdis with the keys of one server on its Redis. It is nil where webdis is not installed.
type webdisServer struct {
	gateway
	redis *process
	keys  *server
}

// startWebdis starts webdis with the settings that Debian's package has, on the Redis of a server.
func (b *bench) startWebdis(ctx context.Context, redis *redisServer, keys *server) (*webdisServer, error) {
	if _, err := exec.LookPath("webdis"); err != nil {
		b.progress("webdis is left out, since it is not in PATH (Debian: apt-get install webdis)")
		return nil, nil
	}
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	settings := map[string]any{
		"redis_host": "127.0.0.1", "http_host": "127.0.0.1", "threads": 2, "database": 0,
		"daemonize": false, "verbosity": 0, "logfile": b.path("webdis.log"),
	}
	for name, addr := range map[string]string{"redis_port": redis.addr, "http_port": addr} {
		_, port, _ := net.SplitHostPort(addr)
		settings[name] = json.Number(port)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	file := b.path("webdis.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	p, err := b.start(ctx, nil, "webdis", file)
	if err != nil {
		return nil, err
	}
	w := &webdisServer{gateway{name: "webdis", process: p, url: "http://" + addr}, redis.process, keys}
	return w, p.await(ctx, dial(addr))
}
