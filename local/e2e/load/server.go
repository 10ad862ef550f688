// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// The names of the two engines that are measured.
const (
	external = "external"
	embedded = "embedded"
)

// server is a tempskv with one project. It can be started again on its data directory.
type server struct {
	gateway
	redis      *process // nil: none
	program    string
	data, addr string
	admin      access.Token
	project    kv.ProjectID
	env        []string // settings in addition to those of every run
}

// startEmbedded starts a new tempskv with the engine embedded. env are settings.
func (b *bench) startEmbedded(ctx context.Context, env ...string) (*server, error) {
	return b.startServer(ctx, b.server, embedded, `{"engine":"embedded"}`, env...)
}

// startEngines starts a server on a Redis, and one on a file.
func (b *bench) startEngines(ctx context.Context) (external, embedded *server, err error) {
	redis, err := b.startRedis(ctx)
	if err != nil {
		return nil, nil, err
	}
	if external, err = b.startExternal(ctx, redis, 0); err != nil {
		return nil, nil, err
	}
	embedded, err = b.startEmbedded(ctx)
	return external, embedded, err
}

// startExternal starts a new tempskv on a database of a Redis. Servers with separate control data cannot share one.
func (b *bench) startExternal(ctx context.Context, redis *redisServer, database int, env ...string) (*server, error) {
	s, err := b.startServer(ctx, b.server, external, redis.enable(database), env...)
	if err == nil {
		s.redis = redis.process
	}
	return s, err
}

// startServer starts a program that is a tempskv, enables it with the body, and makes a project with a token.
func (b *bench) startServer(ctx context.Context, program, name, enable string, env ...string) (*server, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{program: program, data: b.path(name), addr: addr, admin: access.NewToken(access.APIKey), env: env}
	s.name, s.url, s.token = name, "http://"+addr, s.admin
	if err := b.run(ctx, s); err != nil {
		return nil, err
	}
	if err := s.await(ctx, dial(addr)); err != nil {
		return nil, err
	}
	if err := s.call(ctx, "POST", "/api/kv/enable", enable, nil); err != nil {
		return nil, err
	}
	s.project, s.token, err = s.newProject(ctx)
	return s, err
}

// newProject makes a project with a token. The token of the server is still its administrator's.
func (s *server) newProject(ctx context.Context) (kv.ProjectID, access.Token, error) {
	var project struct{ ID kv.ProjectID }
	if err := s.call(ctx, "POST", "/api/projects", `{"name":"load"}`, &project); err != nil {
		return 0, "", err
	}
	var token struct{ Token access.Token }
	err := s.call(ctx, "POST", fmt.Sprintf("/api/projects/%d/tokens", project.ID), `{"name":"load"}`, &token)
	return project.ID, token.Token, err
}

// run starts the program on the data directory of the server.
func (b *bench) run(ctx context.Context, s *server) (err error) {
	env := append([]string{"TEMPSKV_ADMIN_KEY=" + string(s.admin), "TEMPSKV_DRAIN_DELAY=0s"}, s.env...)
	s.process, err = b.start(ctx, env, s.program, "serve", "--addr", s.addr, "--data", s.data, "--log-level", "warn")
	return err
}

// again ends the program and starts it on the same data, and returns once it answers a call for data.
func (b *bench) again(ctx context.Context, s *server) error {
	s.stop()
	if err := b.run(ctx, s); err != nil {
		return err
	}
	return s.await(ctx, func(ctx context.Context) error { return s.call(ctx, "POST", "/api/kv/get", keyBody(smallKey), nil) })
}

// subject is a call of the wire contract.
func (s *server) subject(op, body string) subject { return s.among(op, body, 1) }

// among is such a call, for one of so many keys.
func (s *server) among(op, body string, keys int) subject {
	return subject{s.gateway, s.redis, request{method: "POST", url: s.url + "/api/kv/" + op, token: s.token, body: body, keys: keys}}
}

// redisKey is the name that a key of the project has in Redis.
func (s *server) redisKey(key string) string { return fmt.Sprintf("kv:p%d:%s", s.project, key) }

// as is the server as the holder of a token calls it.
func (s *server) as(t access.Token) *server {
	as := *s
	as.token = t
	return &as
}

// call makes a call of the wire contract and decodes the answer into out, which may be nil.
func (s *server) call(ctx context.Context, method, path, body string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+string(s.token))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode >= 300:
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text)
	case out == nil:
		return nil
	}
	return json.Unmarshal(text, out)
}
