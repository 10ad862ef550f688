// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// devFile is written by serve --dev, so that it prints the same token at every start.
type devFile struct {
	Token access.Token `json:"token"`
}

// setUpDev enables the service and returns a deployment token of the first project. It creates what is missing.
func (n *node) setUpDev(ctx context.Context) (access.Token, error) {
	settings, err := n.control.Settings(ctx)
	if err != nil {
		return "", err
	}
	var change engine.Change
	if settings.Engine == "" {
		change.Engine = new(cmp.Or(settingsEngine(n.cfg), engine.Embedded))
	}
	if _, err := n.service.Enable(ctx, change); err != nil {
		return "", err
	}
	path := filepath.Join(n.cfg.Data, "dev.json")
	if token, ok := n.storedToken(ctx, path); ok {
		return token, nil
	}
	project, err := n.devProject(ctx)
	if err != nil {
		return "", err
	}
	token := access.NewToken(access.DeploymentToken)
	_, err = n.control.AddCredential(ctx, access.Credential{
		Principal: access.Principal{Name: "dev", Permissions: access.KvRead | access.KvWrite, Project: project},
		Prefix:    token.Prefix(), Last4: token.Last4(),
	}, token.Hash())
	if err != nil {
		return "", err
	}
	return token, writeSecretFile(path, devFile{token})
}

// storedToken returns the token of an earlier start if it is still valid.
func (n *node) storedToken(ctx context.Context, path string) (access.Token, bool) {
	var kept devFile
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &kept) != nil {
		return "", false
	}
	_, err = n.control.Authenticate(ctx, kept.Token)
	return kept.Token, err == nil
}

// devProject returns the first project. If there is none, it creates project 1, or the next one if that was deleted.
func (n *node) devProject(ctx context.Context) (kv.ProjectID, error) {
	projects, err := n.control.ListProjects(ctx)
	if err != nil {
		return 0, err
	}
	if len(projects) > 0 {
		return projects[0].ID, nil
	}
	p, err := n.service.CreateProject(ctx, access.NewProject{Name: "default", ID: 1}, n.control.CreateProject)
	if errors.Is(err, kv.ErrConflict) {
		p, err = n.service.CreateProject(ctx, access.NewProject{Name: "default"}, n.control.CreateProject)
	}
	return p.ID, err
}
