// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/runtime/bootstrap"
	"github.com/tempskv/tempskv/runtime/config"
)

// readBootstrap reads the file of the setting bootstrap. An error is one of usage.
func (a *app) readBootstrap(cmd *cobra.Command, cfg config.Config) ([]bootstrap.Project, error) {
	if cfg.Bootstrap == "" {
		return nil, nil
	}
	projects, err := bootstrap.Read(cfg.Bootstrap, a.lookupEnv)
	if err != nil {
		return nil, usage(cmd, "--bootstrap: %w", err)
	}
	return projects, nil
}

// bootstrap makes the projects and tokens that are missing, and changes nothing else. Several servers may do it at the same
// time. A project that was deleted and a token that was revoked are not made again.
func (n *node) bootstrap(ctx context.Context, projects []bootstrap.Project, log *slog.Logger) error {
	if n.cfg.Bootstrap != "" && len(projects) == 0 {
		log.Warn("the bootstrap file names no project: nothing is made", "file", n.cfg.Bootstrap)
	}
	for _, p := range projects {
		there, err := n.ensureProject(ctx, p.NewProject, log)
		if err != nil {
			return fmt.Errorf("bootstrap: project %d: %w", p.ID, err)
		}
		for _, t := range p.Tokens {
			if !there {
				break
			}
			if err := n.ensureToken(ctx, t, log); err != nil {
				return fmt.Errorf("bootstrap: token %s of project %d: %w", visible(t.Name), p.ID, err)
			}
		}
	}
	return nil
}

// ensureProject makes a project if it is missing, and reports whether it is there then.
func (n *node) ensureProject(ctx context.Context, p access.NewProject, log *slog.Logger) (there bool, err error) {
	switch _, err := n.control.Project(ctx, p.ID); {
	case err == nil:
		return true, nil
	case !errors.Is(err, kv.ErrProjectNotFound):
		return false, err
	}
	_, err = n.service.CreateProject(ctx, p, n.control.CreateProject)
	switch {
	case err == nil:
		log.Info("made a project", "project", p.ID, "name", p.Name)
		n.audit(ctx, access.AuditEntry{Actor: bootstrapActor, Action: "createProject", Target: fmt.Sprintf("project:%d", p.ID)}, log)
		return true, nil
	case errors.Is(err, kv.ErrConflict): // another server was faster, or it was deleted
		if _, err := n.control.Project(ctx, p.ID); !errors.Is(err, kv.ErrProjectNotFound) {
			return err == nil, err
		}
		log.Warn("a project of the bootstrap file was deleted, and is not made again", "project", p.ID)
		return false, nil
	case errors.Is(err, kv.ErrBusy): // it may be about to come back
		log.Warn("a project of the bootstrap file is missing while a restore is under way: start again when it is over",
			"project", p.ID)
		return false, nil
	}
	return false, err
}

// bootstrapActor is who the audit log names.
const bootstrapActor = "serve --bootstrap"

func (n *node) ensureToken(ctx context.Context, t bootstrap.Token, log *slog.Logger) error {
	c, made, err := n.control.EnsureCredential(ctx, t.Credential, t.Hash)
	switch {
	case errors.Is(err, kv.ErrProjectNotFound): // deleted just now
		return nil
	case err != nil || !made:
		return err
	}
	log.Info("made a token", "project", t.Project, "name", t.Name, "id", c.ID)
	n.audit(ctx, access.AuditEntry{Actor: bootstrapActor, Action: "createToken", Target: "token:" + c.ID}, log)
	return nil
}
