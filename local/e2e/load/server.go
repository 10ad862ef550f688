// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// server is a tempskv with one project. It can be started again on its data directory.
type server struct {
	gateway
	data, addr string
	admin      access.Token
	project    kv.ProjectID
	env        []string // settings in addition to those of every run
}

// startServer starts a new tempskv, enables it with the body, and makes a project with a token. env are settings.
func (b *bench) startServer(ctx context.Context, name, enable string, env ...string) (*server, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{data: filepath.Join(b.dir, name), addr: addr, admin: access.NewToken(access.APIKey), env: env}
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
	s.process, err = b.start(ctx, append([]string{"TEMPSKV_ADMIN_KEY=" + string(s.admin)}, s.env...),
		b.server, "serve", "--addr", s.addr, "--data", s.data, "--log-level", "warn")
	return err
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
