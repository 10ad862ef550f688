// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/infra/backup"
	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/runtime/config"
)

const (
	backupsName = "backups"
	replaceIt   = "verify the others (tempskv backup verify ID), make a new one, and delete it: tempskv backup delete "
)

// checkBackups asks a server for its backups, which it looks at now.
func checkBackups(ctx context.Context, c *client) []finding {
	list, err := answered[goclient.Backups](c.ListBackups(ctx))
	if err != nil {
		return []finding{bad(backupsName, err, "")}
	}
	var findings []finding
	for _, b := range list.body.Backups {
		if b.Damaged {
			findings = append(findings, finding{Check: backupsName, Text: b.ID + ": " + text(b.Problem), Do: replaceIt + b.ID})
		}
	}
	if len(findings) == 0 {
		return []finding{good(backupsName, "%s in %s", many(int64(len(list.body.Backups)), "backup"), list.body.Location)}
	}
	return findings
}

// checkKept looks at the backups of a server that does not run.
func checkKept(ctx context.Context, cfg config.Config) []finding {
	if _, err := os.Stat(cfg.Data); err != nil && ownDirectory(cfg) {
		return nil // there is nothing yet
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	files, err := backup.New(cfg.BackupTo, os.LookupEnv)
	if err != nil {
		return []finding{bad(backupsName, err, "")}
	}
	all, err := backups.Kept(ctx, files)
	switch {
	case errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
		return []finding{bad(backupsName, errors.New(cfg.BackupTo+" does not answer"), "")}
	case err != nil:
		return []finding{bad(backupsName, err, "")}
	}
	var findings []finding
	for _, m := range all {
		if m.Problem != "" {
			findings = append(findings, finding{Check: backupsName, Text: m.ID + ": " + m.Problem, Do: replaceIt + m.ID})
		}
	}
	if len(findings) == 0 {
		return []finding{good(backupsName, "%s in %s", many(int64(len(all)), "backup"), cfg.BackupTo)}
	}
	return findings
}
